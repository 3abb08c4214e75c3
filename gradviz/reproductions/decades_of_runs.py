"""Decades of gradient lost by runs that learned and by runs that did not, and whether they differ."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np

from gradviz.experiment.sweep.intervals import (
    Bounds,
    Interval,
    can_tell,
    difference_interval,
    median_interval,
    middle_difference,
)
from gradviz.reproductions.result_file import RunRecord

DECADES = "decades_lost"
"""The curve of a run with the decades of gradient lost over the lag."""

Differs = Literal["more", "fewer", "not told", "too few", "all alike", "not shown"]
Changes = Literal["fewer", "more", "not told", "too few"]


class TwoGroups(NamedTuple):
    """Values of runs that learned and of runs that did not.

    Attributes
    ----------
    learned, failed : tuple of float
    outcome : {"more", "fewer", "not told", "too few", "all alike", "not shown"}
        Whether runs that did not learn have larger or smaller values, by an exact rank test.
    difference : float
        The median difference of a run that did not learn and one that did; NaN without one of both.
    interval : Interval
        Around it.
    """

    learned: tuple[float, ...]
    failed: tuple[float, ...]
    outcome: Differs
    difference: float
    interval: Interval


def compare_groups(learned: Sequence[float], failed: Sequence[float]) -> TwoGroups:
    """Whether runs that did not learn have larger values than runs that did.

    Parameters
    ----------
    learned, failed : sequence of float

    Returns
    -------
    TwoGroups
        An interval that is wrong on one side with more than 5 % says "too few".

    References
    ----------
    Mann and Whitney (1947), by `gradviz.experiment.sweep.intervals.difference_interval`.

    Examples
    --------
    >>> from gradviz.reproductions.decades_of_runs import compare_groups
    >>> compare_groups([1.0, 2.0, 3.0], [7.0, 8.0, 9.0]).outcome
    'more'
    """
    nothing = Interval(-math.inf, math.inf, 0.0)
    one, other = tuple(learned), tuple(failed)
    if not one and not other:
        return TwoGroups(one, other, "not shown", math.nan, nothing)
    if not one or not other:
        return TwoGroups(one, other, "all alike", math.nan, nothing)
    ours, theirs = _known(other), _known(one)
    interval, middle = difference_interval(ours, theirs), middle_difference(ours, theirs).low
    outcome: Differs = "not told"
    if not can_tell((1 - interval.coverage) / 2):
        outcome = "too few"
    elif interval.low > 0:
        outcome = "more"
    elif interval.high < 0:
        outcome = "fewer"
    return TwoGroups(one, other, outcome, middle, interval)


class Change(NamedTuple):
    """How a value of the same runs changes through training.

    Attributes
    ----------
    outcome : {"fewer", "more", "not told", "too few"}
    difference : float
        Median over the runs of the last value minus the first; NaN without runs.
    interval : Interval
    runs : int
    """

    outcome: Changes
    difference: float
    interval: Interval
    runs: int


def change_through_training(pairs: Sequence[tuple[float, float]]) -> Change:
    """Whether values of runs are larger at the end than at the start, by the interval of the median change.

    Parameters
    ----------
    pairs : sequence of (float, float)
        Of each run the first and the last value.
    """
    changes = [last - first for first, last in pairs if not math.isnan(last - first)]
    if not changes:
        return Change("too few", math.nan, Interval(-math.inf, math.inf, 0.0), 0)
    interval = median_interval(_known(changes))
    outcome: Changes = "not told"
    if not can_tell((1 - interval.coverage) / 2):
        outcome = "too few"
    elif interval.high < 0:
        outcome = "fewer"
    elif interval.low > 0:
        outcome = "more"
    return Change(outcome, float(np.median(changes)), interval, len(changes))


def lost_at_the_end(run: RunRecord) -> float | None:
    """Decades lost at the last recorded step; None where the recording does not show it."""
    curve = run.curves.get(DECADES)
    if curve is None or not curve.values or math.isnan(curve.values[-1]):
        return None
    return curve.values[-1]


def lost_early(run: RunRecord) -> float | None:
    """Decades lost at the first recorded step from step 30 on; None where that is not known."""
    return None if run.lost_early is None or math.isnan(run.lost_early) else run.lost_early


def _known(values: Sequence[float]) -> list[Bounds]:
    return [Bounds(value, value) for value in values]
