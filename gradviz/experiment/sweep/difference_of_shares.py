"""An exact test and an exact interval for the difference between the shares of two groups of runs."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from gradviz.experiment.sweep.intervals import MOST_WRONG, Interval

_DIFFERENCES = 101  # from -1 to 1; the limit is then looked for between two of them
_PROBABILITIES = 101  # at which a polynomial is looked at, twice: in all, and around its largest value
_HALVINGS = 20
_SAME = 1e-9  # statistics that differ by less are equal


class Share(NamedTuple):
    """So many runs of all that there are."""

    met: int
    of: int

    @property
    def value(self) -> float:
        """The share, from 0 to 1."""
        return self.met / self.of


@lru_cache(maxsize=256)
def difference_of_shares(share: Share, other: Share) -> Interval:
    """An interval for the probability behind the first share minus that behind the other.

    Parameters
    ----------
    share, other : Share
        Of one or more runs each.

    Returns
    -------
    Interval
        The differences that an exact test rejects neither as too small nor as too large, with at most 5 % of
        error each. So it holds the difference with at least 90 %, whatever the two probabilities. The test
        does not hold the number of runs that succeeded fixed, as Fisher's does; it takes the largest chance
        over all probabilities with that difference.

    References
    ----------
    Chan and Zhang (1999), "Test-based exact confidence intervals for the difference of two binomial
    proportions", Biometrics 55. For a difference of 0 the test is that of Suissa and Shuster (1985), "Exact
    unconditional sample sizes for the 2 × 2 binomial trial", Journal of the Royal Statistical Society A 148.

    Examples
    --------
    >>> from gradviz.experiment.sweep.difference_of_shares import Share, difference_of_shares
    >>> interval = difference_of_shares(Share(5, 5), Share(0, 5))
    >>> round(interval.low, 2), round(interval.high, 2), interval.coverage
    (0.48, 1.0, 0.9)
    """
    low, high = _lower_limit(share, other), -_lower_limit(other, share)
    return Interval(low, high, 1 - 2 * MOST_WRONG)


def chance_of_larger(share: Share, other: Share, difference: float = 0.0) -> float:
    """How often the first share is so much larger, at most, if the probabilities have this difference.

    The p-value of the test of `difference_of_shares` against a larger difference.

    Examples
    --------
    >>> from gradviz.experiment.sweep.difference_of_shares import Share, chance_of_larger
    >>> chance_of_larger(Share(3, 3), Share(0, 3))  # at a probability of 1/2 for both: 1/2 to the power of 6
    0.015625
    """
    statistics = _statistics(share.of, other.of, difference)
    region = statistics >= statistics[share.met, other.met] - _SAME
    low, high = max(0.0, -difference), min(1.0, 1.0 - difference)
    largest = 0.0
    for _ in range(2):
        grid = np.linspace(low, high, _PROBABILITIES)
        first = _binomial(share.of, np.clip(grid + difference, 0.0, 1.0))
        chances = np.sum((first @ region) * _binomial(other.of, grid), axis=1)
        best = int(np.argmax(chances))
        largest = max(largest, float(chances[best]))
        low, high = grid[max(best - 1, 0)], grid[min(best + 1, _PROBABILITIES - 1)]
    return min(largest, 1.0)


def tail_of_shares(of: int, other: int) -> float:
    """The smallest p-value that so many runs can have: all of them against none of the others.

    This is the largest value of p^of (1 - p)^other, at p = of / (of + other).
    """
    both = of + other
    return (of / both) ** of * (other / both) ** other


def _lower_limit(share: Share, other: Share) -> float:
    """The smallest difference that is not rejected as too small."""
    low = high = -1.0
    for high in np.linspace(-1, 1, _DIFFERENCES)[1:-1]:  # one by one: the p-value need not rise everywhere
        if _is_possible(share, other, high):
            break
        low = high
    else:
        high = 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if _is_possible(share, other, middle):
            high = middle
        else:
            low = middle
    return -1.0 if low == -1.0 else float(low)


def _is_possible(share: Share, other: Share, difference: float) -> bool:
    return chance_of_larger(share, other, float(difference)) > MOST_WRONG + _SAME


def _binomial(of: int, probability: np.ndarray) -> np.ndarray:
    """Probability of each count, of shape (probabilities, counts)."""
    counts = np.arange(of + 1)
    ways = np.array([float(math.comb(of, count)) for count in counts])
    return ways * probability[:, None] ** counts * (1 - probability[:, None]) ** (of - counts)


@lru_cache(maxsize=1024)
def _statistics(of: int, other: int, difference: float) -> np.ndarray:
    """By how many standard errors each outcome is above a difference, of shape (counts, other counts).

    The standard error is that of the most likely probabilities that have the difference (Miettinen and
    Nurminen, 1985).
    """
    count, there = np.arange(of + 1.0)[:, None], np.arange(other + 1.0)
    second = _most_likely(of, other, difference)
    first = np.clip(second + difference, 0.0, 1.0)
    variance = first * (1 - first) / of + second * (1 - second) / other
    above = count / of - there / other - difference
    above[np.abs(above) < _SAME] = 0.0
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(above == 0, 0.0, above / np.sqrt(variance))


def _most_likely(of: int, other: int, difference: float) -> np.ndarray:
    """The other probability at which each outcome is most likely, if the first is larger by the difference.

    The likelihood rises up to it and falls behind it, so that halving finds it.
    """
    count, there = np.arange(of + 1.0)[:, None], np.arange(other + 1.0)
    low = np.full((of + 1, other + 1), max(0.0, -difference))
    high = np.full((of + 1, other + 1), min(1.0, 1.0 - difference))
    for _ in range(50):
        second = (low + high) / 2
        first = second + difference
        with np.errstate(divide="ignore", invalid="ignore"):
            slope = _slope(count, of, first) + _slope(there, other, second)
        low, high = np.where(slope > 0, second, low), np.where(slope > 0, high, second)
    return (low + high) / 2


def _slope(count: np.ndarray, of: int, probability: np.ndarray) -> np.ndarray:
    """Of the log-likelihood of so many of all; nothing of none, also where the probability is 0 or 1."""
    rising = np.where(count > 0, count / probability, 0.0)
    return rising - np.where(count < of, (of - count) / (1 - probability), 0.0)
