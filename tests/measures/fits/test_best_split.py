"""The best split is that of a search which tries every split, where the residual has one valley."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slow_decay_rate import quick_line

from gradviz.measures.fits.best_split import best_splits
from gradviz.measures.fits.theil_sen import quick_theil_sen

SHORTEST = 4


def residuals(x, y):
    """What two quick lines leave at every split, shape (split, curve)."""
    splits = range(SHORTEST, x.shape[1] - SHORTEST + 1)
    near = [quick_theil_sen(x[:, :k], y[:, :k]).residual for k in splits]
    far = [quick_theil_sen(x[:, k:], y[:, k:]).residual for k in splits]
    return np.add(near, far)


def curves(kind, points, seed, rows=12):
    rng = np.random.default_rng(seed)
    x = np.tile(np.arange(float(points)), (rows, 1))
    y = rng.normal(0, 0.3, x.shape)
    if kind == "walk":
        y = y.cumsum(axis=1)
    if kind in ("bent", "few values"):
        y += rng.uniform(-1, 1, (rows, 1)) * np.minimum(x, rng.uniform(0, points, (rows, 1))) - 0.1 * x
    if kind == "few values":  # so that splits are equally good
        y = y.round()
    if kind == "own lags":
        x = np.cumsum(rng.uniform(0.5, 2, x.shape), axis=1)
    return x, y


KINDS = ("noise", "walk", "bent", "few values", "own lags")


ANY_CURVE = (st.sampled_from(KINDS), st.integers(8, 60), st.integers(0, 10**6))


@settings(max_examples=60, deadline=None)
@given(*ANY_CURVE)
def test_no_split_beside_it_is_better(kind, points, seed):
    x, y = curves(kind, points, seed)
    found, left = best_splits(x, y, shortest=SHORTEST)
    every, rows = residuals(x, y), np.arange(len(y))
    np.testing.assert_array_equal(left, every[found - SHORTEST, rows])
    for beside in (-1, 1):
        there = (found - SHORTEST + beside).clip(0, len(every) - 1)
        assert (left <= every[there, rows]).all()


@settings(max_examples=30, deadline=None)
@given(*ANY_CURVE)
def test_few_splits_are_all_tried(kind, points, seed):
    points = min(points, 2 * SHORTEST + 16)  # at which there are 17 splits
    x, y = curves(kind, points, seed)
    found, _ = best_splits(x, y, shortest=SHORTEST)
    np.testing.assert_array_equal(found, SHORTEST + residuals(x, y).argmin(axis=0))


@pytest.mark.parametrize("points", [60, 100])
def test_finds_the_best_split_of_bent_curves(points):
    rng = np.random.default_rng(0)
    x = np.tile(np.arange(float(points)), (40, 1))
    at = rng.integers(10, points - 10, (40, 1))
    y = -np.minimum(x, at) - 0.1 * np.maximum(x - at, 0) + rng.normal(0, 0.01, x.shape)
    found, _ = best_splits(x, y, shortest=SHORTEST)
    np.testing.assert_array_equal(found, SHORTEST + residuals(x, y).argmin(axis=0))
    assert np.abs(found - at[:, 0]).max() <= 1


@pytest.mark.parametrize("kind", KINDS)
def test_is_nearly_as_good_as_the_best_of_all(kind):
    x, y = curves(kind, 100, seed=2, rows=100)
    _, left = best_splits(x, y, shortest=SHORTEST)
    assert np.quantile(left / residuals(x, y).min(axis=0), 0.95) < 1.1


def test_agrees_with_a_plain_loop():
    x, y = curves("bent", 20, seed=4, rows=3)
    for row, found in enumerate(best_splits(x, y, shortest=SHORTEST)[0]):
        a, b = x[row].tolist(), y[row].tolist()
        left = {k: quick_line(a[:k], b[:k])[2] + quick_line(a[k:], b[k:])[2] for k in range(4, 17)}
        assert found == min(left, key=left.get)
