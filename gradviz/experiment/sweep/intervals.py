"""Confidence intervals for a few seeds: of a median, and of what lies between two groups of runs."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

CONFIDENCE = 0.95
MOST_WRONG = 0.05
"""Probability with which an interval that decides a claim may be wrong on the side of the claim's limit."""


class Bounds(NamedTuple):
    """A value of a run that is known to lie between two numbers.

    Attributes
    ----------
    low, high : float
        Equal where the value is known. A number of steps that was not reached is at least that of the run.
    """

    low: float
    high: float


class Interval(NamedTuple):
    """Where a quantity lies.

    Attributes
    ----------
    low, high : float
    coverage : float
        Probability with which such an interval holds the quantity; 0 for one run.
    """

    low: float
    high: float
    coverage: float


def median_interval(values: Sequence[Bounds]) -> Interval:
    """An interval for the median of the distribution that the values come from.

    Parameters
    ----------
    values : sequence of Bounds
        One or more.

    Returns
    -------
    Interval
        Between the k-th smallest and the k-th largest value, with the largest k for which it holds the
        median with at least 95 %, whatever the distribution. With fewer than six values no k does; then it
        goes from the smallest to the largest, and ``coverage`` says how often that holds the median.

    References
    ----------
    David and Nagaraja (2003), "Order Statistics", section 7.1.

    Examples
    --------
    >>> from gradviz.experiment.sweep.intervals import Bounds, median_interval
    >>> median_interval([Bounds(x, x) for x in (3.0, 1.0, 2.0)])
    Interval(low=1.0, high=3.0, coverage=0.75)
    """
    count = len(values)
    rank = 1
    while rank < count / 2 and _order_coverage(rank + 1, count) >= CONFIDENCE:
        rank += 1
    lows = sorted(value.low for value in values)
    highs = sorted(value.high for value in values)
    return Interval(lows[rank - 1], highs[count - rank], _order_coverage(rank, count))


def _order_coverage(rank: int, count: int) -> float:
    """How often the median lies between the values of a rank from below and from above."""
    outside = sum(math.comb(count, below) for below in range(rank)) / 2**count
    return max(0.0, 1 - 2 * outside)


def ratio_interval(above: Sequence[Bounds], below: Sequence[Bounds]) -> Interval:
    """An interval for the factor between the values of two groups of runs.

    Parameters
    ----------
    above, below : sequence of Bounds, not negative
        The values of numerator and denominator, one or more each.

    Returns
    -------
    Interval
        Between the k-th smallest and the k-th largest ratio of all pairs of a run of one and a run of the
        other, with the largest k for which it holds the factor with at least 95 %: the factors that a
        two-sided Mann-Whitney test does not reject. This is exact for all distributions that differ by a
        factor only, and on the safe side with ties. With too few values no k does; then it goes from the
        smallest to the largest ratio, and ``coverage`` says how often that holds the factor: 90 % for three
        runs each, 67 % for two.

    References
    ----------
    Lehmann (1975), "Nonparametrics: Statistical Methods Based on Ranks", section 2.6.

    Examples
    --------
    >>> from gradviz.experiment.sweep.intervals import Bounds, ratio_interval
    >>> ratio_interval([Bounds(x, x) for x in (2.0, 3.0, 4.0)], [Bounds(1.0, 1.0)] * 3)
    Interval(low=2.0, high=4.0, coverage=0.9)
    """
    return _of_pairs(_ratios(above, below))


def difference_interval(above: Sequence[Bounds], below: Sequence[Bounds]) -> Interval:
    """An interval for the difference of the values, which may be negative; as `ratio_interval` otherwise.

    Examples
    --------
    >>> from gradviz.experiment.sweep.intervals import Bounds, difference_interval
    >>> difference_interval([Bounds(-1, -1)], [Bounds(-3, -2)])
    Interval(low=1.0, high=2.0, coverage=0.0)
    """
    return _of_pairs(_differences(above, below))


def middle_ratio(above: Sequence[Bounds], below: Sequence[Bounds]) -> Bounds:
    """Between which numbers the median ratio of all pairs lies (the Hodges-Lehmann estimate of a factor).

    References
    ----------
    Hodges and Lehmann (1963), "Estimates of location based on rank tests".
    """
    return _middle(_ratios(above, below))


def middle_difference(above: Sequence[Bounds], below: Sequence[Bounds]) -> Bounds:
    """Between which numbers the median difference of all pairs lies."""
    return _middle(_differences(above, below))


def can_tell(tail: float) -> bool:
    """Whether an interval that is wrong on one side with this probability may decide a claim."""
    return tail <= MOST_WRONG + 1e-9


def fewest(tail: Callable[[int], float], *, beyond: int = 0) -> int:
    """The smallest number of runs, above another one, whose interval may decide a claim.

    Examples
    --------
    >>> from gradviz.experiment.sweep.intervals import fewest, tail_of_median, tail_of_pairs
    >>> fewest(tail_of_median), fewest(lambda count: tail_of_pairs(count, count))
    (5, 3)
    """
    return next(count for count in itertools.count(beyond + 1) if can_tell(tail(count)))


def tail_of_median(count: int) -> float:
    """Probability that all of so many values are above the median of their distribution."""
    return 0.5**count


def tail_of_pairs(above: int, below: int) -> float:
    """Probability that all of so many values are above all others, if they have the same distribution."""
    return 1 / math.comb(above + below, above)


def median(values: Sequence[Bounds]) -> Bounds:
    """Between which numbers the median of these values lies."""
    return Bounds(*map(float, np.median(np.array(values), axis=0)))


_Pairs = tuple[np.ndarray, np.ndarray]


def _ratios(above: Sequence[Bounds], below: Sequence[Bounds]) -> _Pairs:
    """The smallest and the largest ratio that is possible for each pair, both of shape (above, below)."""
    (low, high), (other_low, other_high) = _ends(above), _ends(below)
    with np.errstate(divide="ignore", invalid="ignore"):
        lowest, highest = low[:, None] / other_high, high[:, None] / other_low
    return np.where(np.isnan(lowest), 0.0, lowest), np.where(np.isnan(highest), math.inf, highest)


def _differences(above: Sequence[Bounds], below: Sequence[Bounds]) -> _Pairs:
    (low, high), (other_low, other_high) = _ends(above), _ends(below)
    with np.errstate(invalid="ignore"):
        lowest, highest = low[:, None] - other_high, high[:, None] - other_low
    return np.where(np.isnan(lowest), -math.inf, lowest), np.where(np.isnan(highest), math.inf, highest)


def _ends(values: Sequence[Bounds]) -> tuple[np.ndarray, np.ndarray]:
    low, high = np.array(values, dtype=float).T
    return low, high


def _middle(pairs: _Pairs) -> Bounds:
    with np.errstate(invalid="ignore"):
        low, high = (float(np.median(ends)) for ends in pairs)
    return Bounds(-math.inf if math.isnan(low) else low, math.inf if math.isnan(high) else high)


def _of_pairs(pairs: _Pairs) -> Interval:
    """From the k-th smallest to the k-th largest of the pairs."""
    lowest, highest = np.sort(pairs[0], axis=None), np.sort(pairs[1], axis=None)
    below = _pairs_below(*pairs[0].shape)
    rank = max(1, int(np.searchsorted(below, (1 - CONFIDENCE) / 2, side="right")))
    coverage = max(0.0, 1 - 2 * float(below[rank - 1]))
    return Interval(float(lowest[rank - 1]), float(highest[-rank]), coverage)


@lru_cache
def _pairs_below(above: int, below: int) -> np.ndarray:
    """Probability of at most 0, 1, 2, ... pairs in which the value of the first group is the smaller one.

    For two groups of these sizes with the same continuous distribution. There are as many orders of the
    values with so many pairs as partitions of that number into at most ``above`` parts of at most ``below``.

    References
    ----------
    Mann and Whitney (1947), "On a test of whether one of two random variables is stochastically larger than
    the other".
    """
    counts = [1] + [0] * (above * below)
    for part in range(1, above + 1):  # times (1 - q^(below + part)) / (1 - q^part)
        for number in range(len(counts) - 1, below + part - 1, -1):
            counts[number] -= counts[number - below - part]
        for number in range(part, len(counts)):
            counts[number] += counts[number - part]
    total = math.comb(above + below, above)
    return np.array([count / total for count in itertools.accumulate(counts)])
