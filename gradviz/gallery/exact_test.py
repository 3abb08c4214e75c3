"""Whether two success rates differ by more than chance: Fisher's exact test."""

from __future__ import annotations

import math


def fisher_exact(one: int, other: int, runs: int) -> float:
    """Probability of counts that differ at least so much, if both ways succeed equally often.

    Parameters
    ----------
    one, other : int
        Successes of each of two ways, out of `runs` each.
    runs : int

    Returns
    -------
    float
        Two-sided: the total probability of all divisions of the successes that are at most as probable.

    References
    ----------
    Fisher (1935), "The logic of inductive inference", Journal of the Royal Statistical Society 98.
    """
    successes = one + other

    def ways(first: int) -> int:
        return math.comb(runs, first) * math.comb(runs, successes - first)

    possible = range(max(0, successes - runs), min(runs, successes) + 1)
    seen = ways(one)
    return sum(ways(first) for first in possible if ways(first) <= seen) / math.comb(2 * runs, successes)
