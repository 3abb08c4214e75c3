"""The best split is that of a search which tries every split, to the bit."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slow_decay_rate import quick_line

from gradviz.measures.fits import best_split
from gradviz.measures.fits.best_split import NO_SPLIT, best_splits
from gradviz.measures.fits.theil_sen import quick_theil_sen, theil_sen

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


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(KINDS), st.integers(8, 60), st.integers(1, 9), st.integers(0, 10**6))
def test_the_split_of_a_search_of_all(kind, points, few, seed):
    x, y = curves(kind, points, seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(best_split, "_FEW_SPLITS", few)
        found = best_splits(x, y, shortest=SHORTEST)
    np.testing.assert_array_equal(found, SHORTEST + residuals(x, y).argmin(axis=0))


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("points", [100, 150])
def test_the_split_of_a_search_of_all_in_long_curves(kind, points):
    x, y = curves(kind, points, seed=points, rows=400)
    np.testing.assert_array_equal(
        best_splits(x, y, shortest=SHORTEST), SHORTEST + residuals(x, y).argmin(axis=0)
    )


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(KINDS), st.integers(8, 60), st.floats(0.3, 1.0), st.integers(0, 10**6))
def test_with_a_limit_the_split_or_none_if_no_lines_leave_so_little(kind, points, part, seed):
    x, y = curves(kind, points, seed)
    most = part * theil_sen(x, y).residual
    found, left = best_splits(x, y, shortest=SHORTEST, most=most), residuals(x, y)
    none = found == NO_SPLIT
    np.testing.assert_array_equal(found[~none], SHORTEST + left.argmin(axis=0)[~none])
    assert (left.min(axis=0)[none] > most[none]).all()
    for row in np.flatnonzero(none):
        for k in range(SHORTEST, points - SHORTEST + 1):
            near, far = theil_sen(x[[row], :k], y[[row], :k]), theil_sen(x[[row], k:], y[[row], k:])
            assert near.residual + far.residual > most[row]


def test_most_noise_has_no_split_that_is_worth_it():
    x, y = curves("noise", 60, seed=1, rows=200)
    found = best_splits(x, y, shortest=SHORTEST, most=0.5 * theil_sen(x, y).residual)
    assert (found == NO_SPLIT).mean() > 0.7


def test_agrees_with_a_plain_loop():
    x, y = curves("bent", 20, seed=4, rows=3)
    for row, found in enumerate(best_splits(x, y, shortest=SHORTEST)):
        a, b = x[row].tolist(), y[row].tolist()
        left = {k: quick_line(a[:k], b[:k])[2] + quick_line(a[k:], b[k:])[2] for k in range(4, 17)}
        assert found == min(left, key=left.get)


def bound_and_best(kind, points, seed, rows):
    """The bound, and the best line's absolute residual: it goes through two of the points."""
    x, y = curves(kind, points, seed, rows)
    _, bound = best_split._line_and_bound(x, y)
    i, j = np.triu_indices(points, 1)
    slope = (y[:, j] - y[:, i]) / (x[:, j] - x[:, i])
    rest = y[:, None] - y[:, i, None] - slope[:, :, None] * (x[:, None] - x[:, i, None])
    return bound, np.abs(rest).sum(axis=2).min(axis=1)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(KINDS), st.integers(4, 30), st.integers(0, 10**6))
def test_no_line_leaves_less_than_the_bound(kind, points, seed):
    bound, best = bound_and_best(kind, points, seed, rows=2)
    assert (bound <= best + 1e-9).all()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("points", [10, 20, 30])
def test_the_bound_is_mostly_near_what_the_best_line_leaves(kind, points):
    """Of one curve it may be a fifth of that, which costs time and no exactness."""
    bound, best = bound_and_best(kind, points, 0, rows=60)
    assert np.median(bound[best > 1e-9] / best[best > 1e-9]) > 0.6
