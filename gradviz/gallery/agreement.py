"""What several runs of one training say together: how many agree, and which is in the middle."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

MOST = 0.8
"""The part of the runs that must agree before a figure says what they show."""


ENOUGH = 2
"""Runs that must have learned a task before a figure says what such runs do, if there are as many."""


def middle_run(values: Sequence[float]) -> int:
    """Place of the run with the median value, which a figure draws; the smaller of two in the middle.

    A run without a value counts as the largest.
    """
    return int(np.argsort(values, kind="stable")[(len(values) - 1) // 2])


def middle_of(values: Sequence[float], counted: Sequence[bool] | np.ndarray) -> int:
    """Place of the run with the median value among those that count, or among all if none does."""
    places = [place for place, counts in enumerate(counted) if counts] or list(range(len(values)))
    return places[middle_run([values[place] for place in places])]


def most_are(runs: Sequence[bool] | np.ndarray) -> bool:
    """Whether at least `MOST` of the runs are so."""
    return bool(np.sum(runs) >= MOST * len(runs))
