"""Every run of every paper that has a lag: decades lost in the first steps, and whether it learned."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from gradviz.diagnosis.area_under_curve import area_under_curve
from gradviz.reproductions.decades_of_runs import DECADES, lost_early
from gradviz.reproductions.result_file import ReproductionResult
from gradviz.reproductions.runs_by_point import cell_of, runs_by_point

FIXED, SPREAD = "fixed", "spread"
FEWEST = 3
"""Runs that learned, and that did not, without which nothing is told."""

FEWEST_POINTS = 6
"""Points of sweeps without which there is no interval."""

_NO_RULE, _NO_LAG = "no rule says whether they learned", "no single lag"
_NOT_SHOWN, _TOO_SHORT = "the recording does not show it", "no recorded step from 30 on"
_NO_RESULT = "no result"

_DRAWS = 2000
_OUTSIDE = 2.5  # per cent on either side


class EarlySign(NamedTuple):
    """A run in the summary.

    Attributes
    ----------
    paper : str
    point : int
        Place of its point in the paper's sweep.
    cell : str or None
    lags : {"fixed", "spread"}
    lost : float
        Decades lost over the lag at the first recorded step from step 30 on.
    learned : bool
    """

    paper: str
    point: int
    cell: str | None
    lags: str
    lost: float
    learned: bool


class Area(NamedTuple):
    """How well the decades lost tell runs that fail from runs that learn.

    Attributes
    ----------
    value : float
        The area under the ROC curve of all pairs; NaN if all runs ended alike.
    low, high : float
        Interval of 95 %, by bootstrap over points; NaN where it cannot be had.
    within : float
        Of the pairs of two runs of one paper alone; NaN if there are none.
    runs, learned, points, papers : int
    """

    value: float
    low: float
    high: float
    within: float
    runs: int
    learned: int
    points: int
    papers: int


def early_signs(results: Sequence[ReproductionResult]) -> tuple[list[EarlySign], dict[str, int]]:
    """The runs of the summary, and how many are left out, by reason.

    Parameters
    ----------
    results : sequence of ReproductionResult

    Returns
    -------
    signs : list of EarlySign
    left_out : dict of str to int
        Without the reasons for which no run is left out.
    """
    signs: list[EarlySign] = []
    left_out = dict.fromkeys((_NO_RULE, _NO_LAG, _NOT_SHOWN, _TOO_SHORT, _NO_RESULT), 0)
    for result in results:
        left_out[_NO_RESULT] += len(result.missing)
        for place, point in enumerate(runs_by_point(result.runs)):
            cell = cell_of(result, point.values)
            for run in point.runs:
                lost = lost_early(run)
                if run.learned is None:
                    left_out[_NO_RULE] += 1
                elif run.lag is None or run.fixed_lag is None:
                    left_out[_NO_LAG] += 1
                elif lost is None:
                    left_out[_TOO_SHORT if DECADES in run.curves else _NOT_SHOWN] += 1
                else:
                    kind = FIXED if run.fixed_lag else SPREAD
                    signs.append(EarlySign(result.name, place, cell, kind, lost, run.learned))
    return signs, {reason: count for reason, count in left_out.items() if count}


def area_of(signs: Sequence[EarlySign]) -> Area:
    """The area under the curve of some runs, with its interval.

    Parameters
    ----------
    signs : sequence of EarlySign

    Returns
    -------
    Area
        The interval is from 2000 draws of whole points with replacement, since the runs of a point differ in
        their seed alone. It is NaN with fewer than six points, with fewer than three runs of either kind, or
        if no draw has another value, as with runs that are apart without exception.

    References
    ----------
    Efron and Tibshirani (1993), "An Introduction to the Bootstrap", section 13.3.
    """
    points = sorted({(sign.paper, sign.point) for sign in signs})
    value = _area(signs)
    enough = _enough(signs) and len(points) >= FEWEST_POINTS
    low, high = _interval(signs, points) if enough else (math.nan, math.nan)
    return Area(
        value,
        low,
        high,
        _within(signs),
        len(signs),
        sum(sign.learned for sign in signs),
        len(points),
        len({sign.paper for sign in signs}),
    )


def _enough(signs: Sequence[EarlySign]) -> bool:
    learned = sum(sign.learned for sign in signs)
    return min(learned, len(signs) - learned) >= FEWEST


def _area(signs: Sequence[EarlySign]) -> float:
    return area_under_curve(
        [sign.lost for sign in signs if not sign.learned], [sign.lost for sign in signs if sign.learned]
    )


def _within(signs: Sequence[EarlySign]) -> float:
    """Of the pairs of a run that failed and one that learned, those of the same paper."""
    areas, weights = [], []
    for paper in dict.fromkeys(sign.paper for sign in signs):
        its = [sign for sign in signs if sign.paper == paper]
        learned = sum(sign.learned for sign in its)
        if pairs := learned * (len(its) - learned):
            areas.append(_area(its))
            weights.append(pairs)
    return float(np.average(areas, weights=weights)) if areas else math.nan


def _interval(signs: Sequence[EarlySign], points: Sequence[tuple[str, int]]) -> tuple[float, float]:
    rng = np.random.default_rng(0)
    of_points = [
        (
            np.array([s.lost for s in signs if (s.paper, s.point) == one and not s.learned]),
            np.array([s.lost for s in signs if (s.paper, s.point) == one and s.learned]),
        )
        for one in points
    ]
    areas = []
    for _ in range(_DRAWS):
        drawn = rng.integers(len(points), size=len(points))
        failed = np.concatenate([of_points[place][0] for place in drawn])
        good = np.concatenate([of_points[place][1] for place in drawn])
        if len(failed) and len(good):
            areas.append(area_under_curve(failed, good))
    if len(areas) < _DRAWS / 2 or min(areas) == max(areas):
        return math.nan, math.nan
    low, high = np.percentile(areas, [_OUTSIDE, 100 - _OUTSIDE])
    return float(low), float(high)
