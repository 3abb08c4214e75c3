"""Curves with few points: the median of each window of training steps."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

from gradviz.reproductions.plain_values import rounded
from gradviz.reproductions.result_file import MOST_POINTS, Series

_ALL_POINTS = 1400  # of one kind of curve of all runs, for a file of at most 80 KB
_FEWEST_POINTS = 20


def points_for(runs: int) -> int:
    """Most points of a curve in a file with so many runs."""
    return max(_FEWEST_POINTS, min(MOST_POINTS, _ALL_POINTS // max(runs, 1)))


def reduced(steps: Sequence[int], values: Sequence[float], *, most: int) -> Series:
    """A curve of at most so many points, each the median of a window, at the window's last step.

    Parameters
    ----------
    steps : sequence of int
        In increasing order.
    values : sequence of float
        One for each. NaN is left out of a median, unless a window has nothing else.
    most : int

    Returns
    -------
    Series
        The windows hold equally many values, or one more.

    Examples
    --------
    >>> from gradviz.reproductions.reduced_curve import reduced
    >>> reduced([0, 1, 2, 3, 4], [9.0, 1.0, 3.0, 8.0, 2.0], most=2)
    Series(steps=(1, 4), values=(5.0, 3.0))
    """
    count = min(most, len(values))
    ends = [(place + 1) * len(values) // count for place in range(count)]
    windows = [values[start:end] for start, end in zip([0, *ends], ends, strict=False)]
    return Series(
        steps=tuple(int(steps[end - 1]) for end in ends),
        values=tuple(rounded(_median(window)) for window in windows),
    )


def _median(window: Sequence[float]) -> float:
    known = [value for value in window if not math.isnan(value)]
    return float(statistics.median(known)) if known else math.nan
