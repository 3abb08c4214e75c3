"""Trends over ordered groups: by hand, by counting every permutation, and how often chance gives one."""

import itertools
import math

import numpy as np
import pytest

from gradviz.experiment.sweep.intervals import Bounds, _pairs_below
from gradviz.experiment.sweep.trend_test import tail_of_trend, trend


def known(*groups):
    return [[Bounds(float(value), float(value)) for value in group] for group in groups]


def test_a_fall_by_hand():
    """All 12 pairs of different groups fall, of 15 unequal ones: tau-b = -12 / sqrt(12 * 15); 1 way of 90."""
    found = trend(known((5, 6), (3, 4), (1, 2)))
    assert found.tau == pytest.approx(-12 / math.sqrt(12 * 15))
    assert (found.falling, found.rising) == (pytest.approx(1 / 90), 1)


def test_successes_by_hand():
    """3 of 3, then 0 of 3: Fisher's exact test has 1 way of 20; 2 of 3, then 1 of 3 has 1 + 9 of them."""
    assert trend(known((1, 1, 1), (0, 0, 0))) == (-1, pytest.approx(1 / 20), 1)
    found = trend(known((1, 1, 0), (1, 0, 0)))  # 4 pairs fall, 1 rises, of 9 of different groups, 9 unequal
    assert found.tau == pytest.approx(-3 / 9)
    assert (found.falling, found.rising) == (pytest.approx(10 / 20), pytest.approx(19 / 20))


def test_no_difference_at_all():
    assert trend(known((2, 2), (2, 2), (2,))) == (0, 1, 1)


@pytest.mark.parametrize(
    "groups", [((3, 1), (2, 2), (0, 1)), ((4,), (1, 5), (2, 3)), ((1, 1, 0), (1, 0), (0, 0))]
)
def test_the_twin_permutes_every_run(groups):
    """All orders of the runs, each counted, with pairs compared one by one."""
    values = [value for group in groups for value in group]
    place = [number for number, group in enumerate(groups) for _ in group]

    def rising(order):
        pairs = itertools.combinations(range(len(order)), 2)
        return sum(int(np.sign(order[j] - order[i])) for i, j in pairs if place[i] != place[j])

    every = [rising(order) for order in itertools.permutations(values)]
    seen = rising(values)
    found = trend(known(*groups))
    assert found.falling == pytest.approx(np.mean([one <= seen for one in every]))
    assert found.rising == pytest.approx(np.mean([one >= seen for one in every]))


def test_drawn_ways_are_about_as_many_as_all():
    """Of two groups of nine there are 48 620 ways; all of one kind before the other is one of them."""
    found = trend(known(range(9, 18), range(9)))
    assert found.falling == pytest.approx(1 / 20_001)
    mixed = known((9, 8, 7, 1, 2, 3, 14, 15, 16), (4, 5, 6, 10, 11, 12, 13, 17, 0))
    assert trend(mixed) == trend(mixed)
    rising = sum(one.low < other.low for one, other in itertools.product(*mixed))
    assert rising == 42
    assert trend(mixed).rising == pytest.approx(1 - _pairs_below(9, 9)[rising - 1], abs=0.01)


def test_what_was_not_reached_is_more_than_what_was():
    never = Bounds(8.0, math.inf)
    found = trend([*known((2, 3)), [Bounds(8.0, 8.0), never], [never, never]])
    assert found.tau == pytest.approx(10 / math.sqrt(12 * 12))  # not the 3 pairs of two that never did
    anything = Bounds(-math.inf, math.inf)
    assert trend([[anything], [anything], *known((1,), (2,))]).tau == pytest.approx(1 / math.sqrt(6 * 1))


def test_the_smallest_chance():
    assert 1 / tail_of_trend([2, 2, 2]) == pytest.approx(90)
    assert tail_of_trend([2, 2, 2]) == pytest.approx(trend(known((5, 6), (3, 4), (1, 2))).falling)
    clearest = trend(known((1, 1), (0, 0), (0, 0))).falling
    assert tail_of_trend([2, 2, 2], two_values=True) == pytest.approx(clearest) == pytest.approx(1 / 15)


@pytest.mark.slow
@pytest.mark.parametrize("sizes", [[3, 3, 3], [5, 5, 5, 5], [4, 8]])
@pytest.mark.parametrize("kind", ["normal", "tied", "success"])
def test_chance_seldom_gives_a_trend(sizes, kind):
    draws = np.random.default_rng(7)
    wrong = np.zeros(2)
    trials = 100
    for _ in range(trials):
        one = {
            "normal": lambda size: draws.normal(size=size),
            "tied": lambda size: draws.integers(0, 4, size=size),
            "success": lambda size: draws.random(size) < 0.6,
        }[kind]
        found = trend(known(*(one(size) for size in sizes)))
        wrong += [found.falling <= 0.05, found.rising <= 0.05]
    assert (wrong / trials <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / trials)).all()
