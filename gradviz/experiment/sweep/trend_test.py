"""Whether values rise or fall over ordered groups: Kendall's rank correlation, and a permutation test."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from gradviz.experiment.sweep.intervals import Bounds

MOST_ORDERS = 20_000
"""Ways to deal the values out to the groups up to which all are counted; of more so many are drawn."""
_CHUNK = 2000


class Trend(NamedTuple):
    """How values go over ordered groups.

    Attributes
    ----------
    tau : float
        Kendall's tau-b between the group and the value, from -1 to 1; 0 where all values are equal.
    falling, rising : float
        How often values fall, or rise, at least as much, if they are dealt out to the groups by chance.
    """

    tau: float
    falling: float
    rising: float


def trend(groups: Sequence[Sequence[Bounds]]) -> Trend:
    """The trend of values over groups, and how often chance alone gives one as strong.

    Parameters
    ----------
    groups : sequence of sequence of Bounds
        In their order, one or more values each. Two values that may be equal count as equal.

    Returns
    -------
    Trend
        The statistic is that of Jonckheere and Terpstra: pairs of runs of different groups whose values rise
        with the group, minus pairs whose values fall. All ways to deal out the values are counted where they
        are at most `MOST_ORDERS`; else that many are drawn, with the same seed each time. If the values
        have the same distribution in all groups, whatever it is and also with ties, ``falling`` is below a
        number in at most that share of all cases, and so is ``rising``.

    References
    ----------
    Jonckheere (1954), "A distribution-free k-sample test against ordered alternatives", Biometrika 41.
    Kendall (1945), "The treatment of ties in ranking problems", Biometrika 33. Phipson and Smyth (2010),
    "Permutation p-values should never be zero", for the drawn ones.

    Examples
    --------
    >>> from gradviz.experiment.sweep.intervals import Bounds
    >>> from gradviz.experiment.sweep.trend_test import trend
    >>> found = trend([[Bounds(x, x) for x in group] for group in ((5, 6), (3, 4), (1, 2))])
    >>> round(found.tau, 3), round(1 / found.falling), found.rising
    (-0.894, 90, 1.0)
    """
    values = [value for group in groups for value in group]
    orders = np.array([[_order(one, other) for other in values] for one in values], dtype=np.float32)
    sizes = [len(group) for group in groups]
    seen = _statistics(orders, _as_they_are(sizes)[None], len(sizes))[0]
    if _ways(sizes) <= MOST_ORDERS:
        dealt, drawn = np.array(list(_all_ways(sizes))), 0
    else:
        dealt = np.random.default_rng(0).permuted(np.tile(_as_they_are(sizes), (MOST_ORDERS, 1)), axis=1)
        drawn = 1  # the values as they are dealt out in fact
    chunks = (dealt[start : start + _CHUNK] for start in range(0, len(dealt), _CHUNK))
    found = np.concatenate([_statistics(orders, chunk, len(sizes)) for chunk in chunks])
    count = len(dealt) + drawn
    falling, rising = (float((np.sum(sign * found >= sign * seen) + drawn) / count) for sign in (-1, 1))
    apart = (len(values) ** 2 - sum(size**2 for size in sizes)) / 2  # pairs of different groups
    unequal = float(np.abs(orders).sum()) / 2
    return Trend(float(seen) / math.sqrt(apart * unequal) if unequal else 0.0, falling, rising)


def tail_of_trend(sizes: Sequence[int], *, two_values: bool = False) -> float:
    """The smallest probability that `trend` can give for groups of these sizes.

    With ``two_values``, as of runs that succeed or not, the clearest outcome has one of them in the first
    groups and the other in the rest.

    Examples
    --------
    >>> from gradviz.experiment.sweep.trend_test import tail_of_trend
    >>> 1 / tail_of_trend([1, 1, 1, 1]), 1 / tail_of_trend([2, 2, 2], two_values=True)
    (24.0, 15.0)
    """
    if not two_values:
        return 1 / _ways(sizes)
    before = itertools.accumulate(sizes[:-1])
    return 1 / max(math.comb(sum(sizes), first) for first in before)


def _order(one: Bounds, other: Bounds) -> int:
    """1 if the other is larger, -1 if it is smaller, 0 if it may be either."""
    return int(_is_less(one, other)) - int(_is_less(other, one))


def _is_less(one: Bounds, other: Bounds) -> bool:
    """What was not reached in so many steps takes more than these."""
    return one.high < other.low or one.high == other.low < other.high == math.inf


def _statistics(orders: np.ndarray, dealt: np.ndarray, groups: int) -> np.ndarray:
    """Rising minus falling pairs.

    Parameters
    ----------
    orders : numpy.ndarray, shape (values, values)
        Of `_order`.
    dealt : numpy.ndarray, shape (ways, values)
        The group of each value.
    groups : int

    Returns
    -------
    numpy.ndarray, shape (ways,)
    """
    found = np.zeros(len(dealt))
    for group in range(1, groups):
        before, inside = (dealt < group).astype(np.float32), (dealt == group).astype(np.float32)
        found += np.sum((before @ orders) * inside, axis=1)
    return found


def _as_they_are(sizes: Sequence[int]) -> np.ndarray:
    return np.repeat(np.arange(len(sizes)), sizes)


def _ways(sizes: Sequence[int]) -> int:
    ways = math.factorial(sum(sizes))
    for size in sizes:
        ways //= math.factorial(size)
    return ways


def _all_ways(sizes: Sequence[int]) -> Iterator[np.ndarray]:
    """All ways to deal out the values, as the group of each."""
    count, last = sum(sizes), len(sizes) - 1
    dealt = np.full(count, last)

    def deal(group: int, free: Sequence[int]) -> Iterator[np.ndarray]:
        if group == last:
            yield dealt.copy()
            return
        for chosen in itertools.combinations(free, sizes[group]):
            dealt[list(chosen)] = group
            yield from deal(group + 1, [one for one in free if one not in chosen])
            dealt[list(chosen)] = last

    yield from deal(0, range(count))
