"""Two lines: exact where there are two, rejected where there is one line or only noise."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradviz.measures.fits.best_split import best_splits
from gradviz.measures.fits.theil_sen import theil_sen
from gradviz.measures.fits.two_lines import NO_SPLIT, has_two_regimes, splits_worth_fitting, two_lines

X = np.arange(40.0)


def bent(near, far, change):
    return near * np.minimum(X, change) + far * np.maximum(X - change, 0)


def found_in(y):
    """Whether a curve has two regimes."""
    x, y = X[None, : len(y)], np.asarray(y)[None]
    return bool(has_two_regimes(theil_sen(x, y), two_lines(x, y), len(X)).item())


@settings(max_examples=30, deadline=None)
@given(
    st.sampled_from([-2.0, -1.0, -0.25, 0.5]),
    st.sampled_from([-0.75, -0.5, 0.0, 1.0]),
    st.floats(4.0, 35.0),
)
def test_exact_on_two_pieces(near, far, change):
    """The change may lie between two points."""
    found = two_lines(X[None], bent(near, far, change)[None])
    np.testing.assert_allclose(found.near.slope, near, atol=1e-9)
    np.testing.assert_allclose(found.far.slope, far, atol=1e-9)
    np.testing.assert_allclose(found.change, change, atol=1e-6)
    np.testing.assert_allclose(found.residual, 0, atol=1e-8)
    assert found_in(bent(near, far, change))


def test_every_curve_has_its_own_change():
    changes = np.array([8.0, 30, 15, 8])
    found = two_lines(np.tile(X, (4, 1)), np.stack([bent(-1, -0.1, c) for c in changes]))
    np.testing.assert_allclose(found.change, changes)


def test_outliers_do_not_move_it():
    y = bent(-1, -0.1, 20.0)
    y[[5, 11, 26, 33]] += 30
    found = two_lines(X[None], y[None])
    np.testing.assert_allclose([found.near.slope[0], found.far.slope[0]], [-1, -0.1])
    np.testing.assert_allclose(found.change, 20)


@pytest.mark.parametrize("seed", range(4))
def test_noise_and_an_outlier_are_not_a_second_regime(seed):
    y = -0.3 * X + np.random.default_rng(seed).normal(0, 0.5, len(X))
    assert not found_in(y)
    y[seed * 10] += 40
    assert not found_in(y)


@pytest.mark.parametrize(
    ("y", "two"),
    [
        (bent(-1, -0.85, 20), False),  # almost the same rate
        (bent(-1, -0.75, 20), True),
        (bent(-0.004, -0.001, 20), False),  # too small to matter
        (np.log10(10 ** (-0.5 * X) + 1e-5 * 10 ** (-0.05 * X)), True),  # a fast and a slow exponential
        (-0.1 * X - 3 * (X > 20), False),  # a step, the same rate on both sides
    ],
)
def test_what_is_material(y, two):
    assert found_in(y) is two


def test_parallel_lines_do_not_meet_and_change_at_the_step_between_them():
    found = two_lines(X[None], (-0.5 * X - 3 * (X > 20))[None])
    assert 20 <= found.change[0] <= 21


@settings(max_examples=30, deadline=None)
@given(st.integers(8, 40), st.sampled_from([0.01, 0.3, 2.0]), st.booleans(), st.integers(0, 10**6))
def test_curves_are_left_unsplit_where_lines_leave_too_little_or_too_much(points, noise, jump, seed):
    rng = np.random.default_rng(seed)
    x, y = np.tile(X[:points], (6, 1)), rng.normal(0, noise, (6, points))
    y = y.cumsum(axis=1) if jump else y + np.outer(rng.uniform(-1, 1, 6), np.abs(X[:points] - points // 3))
    single = theil_sen(x, y)
    splits, pair = splits_worth_fitting(x, y, single), two_lines(x, y)
    kept = splits != NO_SPLIT
    found, left = best_splits(x, y, shortest=4)
    worth = (single.residual > 0.05 * points) & (left <= 1.25 * 0.5 * single.residual)
    np.testing.assert_array_equal(splits, np.where(worth, found, NO_SPLIT))
    given_splits = two_lines(x[kept], y[kept], splits[kept])
    np.testing.assert_array_equal(given_splits.near.slope, pair.near.slope[kept])
    np.testing.assert_array_equal(given_splits.change, pair.change[kept])


def test_lines_and_short_curves_are_not_worth_a_split():
    for y in (-0.3 * X[None], bent(-1, -0.1, 4)[None, :7]):
        x = X[None, : y.shape[1]]
        assert splits_worth_fitting(x, y, theil_sen(x, y)).item() == NO_SPLIT
    x, y = X[None], bent(-1, -0.1, 20)[None]
    assert splits_worth_fitting(x, y, theil_sen(x, y)).item() in (20, 21)


def test_parallel_lines_meet_nowhere_so_the_change_is_at_the_end_of_the_gap():
    y = np.where(X < 20, -X, -X - 10)
    pair = two_lines(np.stack([X, X]), np.stack([y, bent(-1, -0.5, 20.0)]), np.array([20, 20]))
    assert pair.near.slope[0] == pair.far.slope[0] == -1
    assert pair.change.tolist() == [20, 20]
