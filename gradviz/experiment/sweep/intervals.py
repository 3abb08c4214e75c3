"""Confidence intervals for a few seeds: of a median, and of the ratio or the difference of two medians."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

CONFIDENCE = 0.95
_RESAMPLES = 10_000
_SEED = 0


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
    """An interval for the ratio of two medians.

    Parameters
    ----------
    above, below : sequence of Bounds, not negative
        The values of numerator and denominator, one or more each.

    Returns
    -------
    Interval
        From the 2.5 % to the 97.5 % quantile of the ratio over 10000 resamples of both (percentile
        bootstrap, always with the same random numbers). With few values its coverage is below 95 %. With one
        value on a side there is nothing to resample there, and the coverage is 0.

    References
    ----------
    Efron and Tibshirani (1993), "An Introduction to the Bootstrap", chapter 13.

    Examples
    --------
    >>> from gradviz.experiment.sweep.intervals import Bounds, ratio_interval
    >>> ratio_interval([Bounds(2000, float("inf"))], [Bounds(400, 400)])
    Interval(low=5.0, high=inf, coverage=0.0)
    """
    top, bottom = _resampled(above, stream=0), _resampled(below, stream=1)
    lowest = _ratio(top.low, bottom.high, unknown=0.0)
    highest = _ratio(top.high, bottom.low, unknown=math.inf)
    return _percentiles(lowest, highest, min(len(above), len(below)))


def difference_interval(above: Sequence[Bounds], below: Sequence[Bounds]) -> Interval:
    """An interval for the difference of two medians, which may be negative; as `ratio_interval` otherwise.

    Examples
    --------
    >>> from gradviz.experiment.sweep.intervals import Bounds, difference_interval
    >>> difference_interval([Bounds(-1, -1)], [Bounds(-3, -2)])
    Interval(low=1.0, high=2.0, coverage=0.0)
    """
    top, bottom = _resampled(above, stream=0), _resampled(below, stream=1)
    lowest = _difference(top.low, bottom.high, unknown=-math.inf)
    highest = _difference(top.high, bottom.low, unknown=math.inf)
    return _percentiles(lowest, highest, min(len(above), len(below)))


def ratio_of_medians(above: Sequence[Bounds], below: Sequence[Bounds]) -> Bounds:
    """The ratio of the medians of these values themselves."""
    return Bounds(
        _one_ratio(median(above).low, median(below).high, unknown=0.0),
        _one_ratio(median(above).high, median(below).low, unknown=math.inf),
    )


def difference_of_medians(above: Sequence[Bounds], below: Sequence[Bounds]) -> Bounds:
    """The difference of the medians of these values themselves."""
    top, bottom = median(above), median(below)
    return Bounds(
        float(_difference(np.array(top.low), np.array(bottom.high), unknown=-math.inf)),
        float(_difference(np.array(top.high), np.array(bottom.low), unknown=math.inf)),
    )


def median(values: Sequence[Bounds]) -> Bounds:
    """Between which numbers the median of these values lies."""
    return Bounds(*map(float, np.median(np.array(values), axis=0)))


def _one_ratio(above: float, below: float, *, unknown: float) -> float:
    return float(_ratio(np.array([above]), np.array([below]), unknown=unknown)[0])


class _Medians(NamedTuple):
    low: np.ndarray
    high: np.ndarray


def _resampled(values: Sequence[Bounds], *, stream: int) -> _Medians:
    """Medians of resamples; numerator and denominator are resampled independently."""
    generator = np.random.default_rng([_SEED, stream])
    chosen = generator.integers(0, len(values), (_RESAMPLES, len(values)))
    both = np.array(values)[chosen]  # (resample, run, end)
    return _Medians(*np.median(both, axis=1).T)


def _percentiles(lowest: np.ndarray, highest: np.ndarray, fewest: int) -> Interval:
    tail = (1 - CONFIDENCE) / 2
    low = float(np.quantile(lowest, tail, method="inverted_cdf"))
    high = float(np.quantile(highest, 1 - tail, method="inverted_cdf"))
    return Interval(low, high, 0.0 if fewest == 1 else CONFIDENCE)


def _difference(above: np.ndarray, below: np.ndarray, *, unknown: float) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        difference = above - below
    return np.where(np.isnan(difference), unknown, difference)


def _ratio(above: np.ndarray, below: np.ndarray, *, unknown: float) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = above / below
    return np.where(np.isnan(ratio), unknown, ratio)
