"""When a loss leaves the trivial predictor, and whether a run has learned."""

import numpy as np
import pytest
from gallery.planted_training import planted

from gradviz.gallery.learned import ends_left, has_learned, is_learned, left_trivial_at


def test_a_fifth_below_has_left():
    losses = np.where(np.arange(100) < 60, 1.0, 0.5)
    assert left_trivial_at(planted([9], losses)) == 60
    assert left_trivial_at(planted([9], np.full(100, 0.85))) == np.inf
    assert left_trivial_at(planted([9], 4 * losses, baseline=4.0)) == 60


@pytest.mark.parametrize("place", [0, 50, 99])
def test_a_loss_that_is_nan_is_not_known(place):
    losses = np.full(100, 0.5)
    losses[place] = np.nan
    assert np.isnan(left_trivial_at(planted([9], losses)))


@pytest.mark.parametrize(
    ("part", "left", "learned"), [(0.85, 0, 0), (0.75, 1, 0), (0.51, 1, 0), (0.49, 1, 1)]
)
def test_to_leave_is_not_yet_to_learn(part, left, learned):
    losses = np.where(np.arange(100) < 50, 1.0, part)
    tree = planted([9], 3 * losses, baseline=3.0)
    assert (ends_left(tree), has_learned(tree)) == (left, learned)
    assert bool(is_learned(part)) == bool(learned)


def test_the_end_is_what_counts():
    tree = planted([9], np.where(np.arange(100) < 50, 0.01, 1.0))
    assert left_trivial_at(tree) == 0
    assert (ends_left(tree), has_learned(tree)) == (0, 0)


def test_without_a_loss_neither_is_known():
    tree = planted([9], np.full(100, np.nan))
    assert np.isnan([ends_left(tree), has_learned(tree)]).all()
    assert is_learned(np.array([0.4, 0.6, np.nan])).tolist() == [True, False, False]


def test_one_of_two_numbers_is_not_the_task():
    """Of two numbers from U[0, 1], the sum has a variance of 1/6, and 1/12 for whoever knows one."""
    generator = np.random.default_rng(0)
    one, other = generator.random((2, 100_000))
    knows_one = np.mean((one + 0.5 - (one + other)) ** 2)
    assert knows_one / (1 / 6) == pytest.approx(0.5, abs=5e-3)
