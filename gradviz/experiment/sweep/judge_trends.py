"""Judge a claim that values, or the share of the runs that are so, rise or fall with a swept number."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence

from gradviz.experiment.config.claim_schema import Expectation
from gradviz.experiment.config.condition_values import in_words as values_in_words
from gradviz.experiment.run.expectations import in_words
from gradviz.experiment.sweep.bounds_in_words import amount, number
from gradviz.experiment.sweep.claim_bounds import bounds_of, common_baseline, known_bounds, share_of
from gradviz.experiment.sweep.compared_runs import PointCurves
from gradviz.experiment.sweep.difference_of_shares import Share
from gradviz.experiment.sweep.enough_runs import runs_needed_at_each
from gradviz.experiment.sweep.intervals import Bounds, can_tell, median
from gradviz.experiment.sweep.sweep_verdict import MET, NOT_MET, OPEN, Found, RunValue, SweepVerdict
from gradviz.experiment.sweep.trend_groups import TrendGroup, trend_groups
from gradviz.experiment.sweep.trend_test import trend

_SO, _NOT_SO = Bounds(1.0, 1.0), Bounds(0.0, 0.0)


def judge_trends(claim: Expectation, points: Sequence[PointCurves]) -> list[SweepVerdict]:
    """A verdict for every group of runs over which a claim says that values rise or fall.

    Parameters
    ----------
    claim : Expectation
        With ``falls_with`` or ``rises_with``.
    points : sequence of PointCurves
        All points of a sweep.

    Returns
    -------
    list of SweepVerdict
        Nothing of a group with one value of the key. The value of a verdict is Kendall's tau-b. Met if chance
        gives such a trend with at most 5 %, not met if it gives the opposite one so seldom.
    """
    return [_verdict(claim, group) for group in trend_groups(claim, points) if len(group.levels) > 1]


def _verdict(claim: Expectation, group: TrendGroup) -> SweepVerdict:
    known = {level: known_bounds(claim, runs, other_side=True) for level, runs in group.levels.items()}
    values = {level: bounds for level, (bounds, _) in known.items() if bounds}
    missing = sum(without for _, without in known.values())
    said = _found(claim, values)
    more = f"; {missing} more without a result" if missing else ""
    return SweepVerdict(
        in_words(claim, baseline=common_baseline(claim, itertools.chain(*group.levels.values()))),
        group.values,
        said.outcome,
        said.numbers + more,
        said.value,
        runs=sum(map(len, values.values())),
        source=claim.source,
        values=tuple(_run_value(claim, one, level) for level, runs in group.levels.items() for one in runs),
    )


def _found(claim: Expectation, values: Mapping[float, Sequence[Bounds]]) -> Found:
    if len(values) < 2:
        only = f"only one value of {claim.trend_key} has runs with a result"
        return Found(NOT_MET, only if values else "no run that it is about has a result", None, None)
    shares = [share_of(claim, one) for one in values.values()] if claim.is_of_shares else []
    found = trend([_dealt(share) for share in shares] or list(values.values()))
    claimed, opposite = (found.falling, found.rising) if claim.falls_with else (found.rising, found.falling)
    seen = claimed if (found.tau <= 0) == bool(claim.falls_with) else opposite
    numbers = f"{_levels(claim, values, shares)}; Kendall's tau {number(found.tau)}, p = {seen:.2g}"
    sizes = [len(one) for one in values.values()]
    if few := runs_needed_at_each(sizes, two_values=claim.is_of_shares):
        return Found(OPEN, f"{numbers}; {few}", found.tau, None)
    outcome = MET if can_tell(claimed) else NOT_MET if can_tell(opposite) else OPEN
    return Found(outcome, numbers, found.tau, None)


def _dealt(share: Share) -> list[Bounds]:
    return [_SO] * share.met + [_NOT_SO] * (share.of - share.met)


def _levels(claim: Expectation, values: Mapping[float, Sequence[Bounds]], shares: Sequence[Share]) -> str:
    """What each value of the key has: ``6 of 6, 2 of 6 runs at task.length=10, 20``."""
    at = ", ".join(values_in_words({"": level}).removeprefix("=") for level in values)
    sizes = {len(one) for one in values.values()}
    if shares:
        said = ", ".join(f"{share.met} of {share.of}" for share in shares) + " runs"
    else:
        said = ", ".join(_middle(claim, one) for one in values.values())
        counts = f"{sizes.pop()} runs each" if len(sizes) == 1 else f"{sum(map(len, values.values()))} runs"
        said = f"medians {said} ({counts})"
    return f"{said} at {claim.trend_key}={at}"


def _middle(claim: Expectation, values: Sequence[Bounds]) -> str:
    middle = median(values)
    unknown = middle.low < middle.high
    return "not known" if unknown and middle.low == -math.inf else amount(claim, middle)


def _run_value(claim: Expectation, run: PointCurves, level: float) -> RunValue:
    bounds, seed = bounds_of(claim, run, other_side=True), run.experiment.seed
    if bounds is None or not math.isfinite(bounds.low):
        return RunValue(seed, None, trend_at=level)
    if bounds.low < bounds.high:
        return RunValue(seed, None, bounds.low, trend_at=level)
    return RunValue(seed, bounds.low, trend_at=level)
