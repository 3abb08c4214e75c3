"""The difference between two shares: by hand, by an independent twin, and how often its interval is wrong."""

import math

import numpy as np
import pytest

from gradviz.experiment.sweep.difference_of_shares import (
    Share,
    chance_of_larger,
    difference_of_shares,
    tail_of_shares,
)
from gradviz.experiment.sweep.intervals import can_tell


def test_all_against_none_by_hand():
    """(1/2)^6 without a difference; with one of d, ((1 + d) / 2)^6 is 5 % at the lower limit."""
    assert chance_of_larger(Share(3, 3), Share(0, 3)) == pytest.approx(1 / 64)
    interval = difference_of_shares(Share(3, 3), Share(0, 3))
    assert interval.low == pytest.approx(2 * 0.05 ** (1 / 6) - 1, abs=1e-6)
    assert (interval.high, interval.coverage) == (1, 0.9)
    other = difference_of_shares(Share(0, 3), Share(3, 3))
    assert (other.low, other.high) == (-1, -interval.low)


@pytest.mark.parametrize("count", [0, 10])
def test_none_against_none_and_all_against_all_by_hand(count):
    """Where one probability is 0 and the other d, no run of ten succeeds in (1 - d)^10."""
    interval = difference_of_shares(Share(count, 10), Share(count, 10))
    assert interval.high == pytest.approx(1 - 0.05**0.1, abs=1e-6)
    assert interval.low == pytest.approx(-interval.high)


def test_four_of_five_against_one_of_five_by_hand():
    """As extreme are 5:0, 5:1, 4:0, and 4:1 itself; at 1/2 these are 1 + 5 + 5 + 25 of 1024.

    So are 3:0 and 5:2, with 10 and 10, whose pooled standard error is smaller: 3:0 has
    z = .6 / sqrt(.3 * .7 * .4) = 2.07, and 4:1 z = .6 / sqrt(.5 * .5 * .4) = 1.90.
    """
    assert chance_of_larger(Share(4, 5), Share(1, 5)) == pytest.approx((1 + 5 + 5 + 25 + 10 + 10) / 1024)
    assert difference_of_shares(Share(4, 5), Share(1, 5)).low < 0


def _twin(share, other):
    """The p-value without a difference, from the pooled z of every outcome, outcome by outcome."""

    def statistic(first, second):
        pooled = (first + second) / (share.of + other.of)
        error = math.sqrt(pooled * (1 - pooled) * (1 / share.of + 1 / other.of))
        return 0.0 if not error else (first / share.of - second / other.of) / error

    seen = statistic(share.met, other.met)
    chances = []
    for chance in np.linspace(0, 1, 2001):
        found = 0.0
        for first in range(share.of + 1):
            for second in range(other.of + 1):
                if statistic(first, second) >= seen - 1e-9:
                    failed = share.of + other.of - first - second
                    ways = math.comb(share.of, first) * math.comb(other.of, second)
                    found += ways * chance ** (first + second) * (1 - chance) ** failed
        chances.append(found)
    return max(chances)


@pytest.mark.parametrize(("share", "other"), [((6, 6), (2, 6)), ((3, 4), (1, 6)), ((2, 7), (3, 4))])
def test_the_chance_is_that_of_the_twin(share, other):
    share, other = Share(*share), Share(*other)
    assert chance_of_larger(share, other) == pytest.approx(_twin(share, other), abs=1e-6)


@pytest.mark.parametrize(
    ("count", "other", "enough"), [(2, 2, False), (3, 3, True), (2, 3, True), (1, 6, False)]
)
def test_how_many_runs_can_tell(count, other, enough):
    assert tail_of_shares(count, other) == pytest.approx(
        chance_of_larger(Share(count, count), Share(0, other))
    )
    assert can_tell(tail_of_shares(count, other)) is enough
    assert (difference_of_shares(Share(count, count), Share(0, other)).low > 0) is enough


def _most_wrong(of, other):
    """The largest probability, over a grid, of an interval that is wrong on either of its sides."""
    intervals = {
        (first, second): difference_of_shares(Share(first, of), Share(second, other))
        for first in range(of + 1)
        for second in range(other + 1)
    }
    chances = np.linspace(0, 1, 51)
    too_high = np.zeros((51, 51))
    too_low = np.zeros((51, 51))
    difference = chances[:, None] - chances[None, :]
    for (first, second), interval in intervals.items():
        one = math.comb(of, first) * chances**first * (1 - chances) ** (of - first)
        two = math.comb(other, second) * chances**second * (1 - chances) ** (other - second)
        weight = one[:, None] * two[None, :]
        too_high += weight * (interval.low > difference + 1e-6)
        too_low += weight * (interval.high < difference - 1e-6)
    return max(too_high.max(), too_low.max())


@pytest.mark.parametrize("sizes", [(3, 3), pytest.param((5, 8), marks=pytest.mark.slow)])
def test_each_end_is_wrong_with_at_most_five_percent(sizes):
    assert 0.03 < _most_wrong(*sizes) <= 0.05 + 1e-9
