"""Judge the claims over several runs of a sweep: over seeds, and between points."""

from __future__ import annotations

import itertools
import math
from collections.abc import Collection, Iterator, Sequence

from gradviz.diagnosis.reliability import wilson
from gradviz.experiment.config.claim_schema import Expectation
from gradviz.experiment.config.condition_values import in_words as values_in_words
from gradviz.experiment.run.expectations import has_values, in_words
from gradviz.experiment.sweep.bounds_in_words import amount, number
from gradviz.experiment.sweep.claim_bounds import (
    best_choice,
    bounds_of,
    common_baseline,
    known_bounds,
    share_of,
    value_holds,
    value_may_hold,
)
from gradviz.experiment.sweep.compared_runs import Group, PointCurves, counterparts, further_keys, groups
from gradviz.experiment.sweep.intervals import (
    Bounds,
    Interval,
    can_tell,
    fewest,
    median,
    median_interval,
    tail_of_median,
)
from gradviz.experiment.sweep.judge_comparison import judge_comparison
from gradviz.experiment.sweep.judge_shares import judge_shares
from gradviz.experiment.sweep.judge_trends import judge_trends
from gradviz.experiment.sweep.sweep_verdict import MET, NOT_MET, OPEN, Found, RunValue, SweepVerdict


def judge_points(points: Sequence[PointCurves], *, open_keys: Collection[str] = ()) -> list[SweepVerdict]:
    """A verdict for every claim over several runs, and for every group of runs that it is about.

    Parameters
    ----------
    points : sequence of PointCurves
        All points of a sweep; the claims are those of the first one.
    open_keys : collection of str
        Keys whose values a search has chosen.

    Returns
    -------
    list of SweepVerdict
        Nothing of a claim about, or compared with, runs that the sweep was not asked for;
        `gradviz.experiment.sweep.check_claims.claims_elsewhere` tells of it. A claim about values that a
        search never chose is not met, also one of a single run. A run that diverged, that ended before the
        step of a claim, or whose value is NaN, counts as one that does not meet it; one that a claim compares
        with may have any value then. The interval of a median is that of `median_interval`, of a share
        Wilson's, of a ratio that of `ratio_interval`, of the difference of two shares that of
        `gradviz.experiment.sweep.difference_of_shares.difference_of_shares`. An interval that is wrong on
        one side with more than 5 % decides nothing: a median needs five runs, a comparison three on each
        side. A trend has Kendall's tau-b and no interval; see `gradviz.experiment.sweep.trend_test.trend`.
        Where shares are compared, a run that is not known to be as the claim says is one that is not
        so, on both sides.

    References
    ----------
    Brown, Cai and DasGupta (2001), "Interval estimation for a binomial proportion", Statistical Science 16,
    for Wilson's interval with few runs.
    """
    found = []
    for claim in points[0].experiment.expect if points else []:
        named = {**claim.conditions, **claim.compared_with}
        chosen = [key for key in named if any(f"{key}.".startswith(f"{one}.") for one in open_keys)]
        about = groups(claim, points)
        compared = {key: value for key, value in claim.compared_with.items() if key not in chosen}
        if not any(has_values(one.experiment, compared) for one in points):
            continue
        if not about and chosen:
            numbers = "no trial of the search is one that it is about"
            found.append(
                SweepVerdict(in_words(claim), claim.conditions, NOT_MET, numbers, source=claim.source)
            )
        if claim.trend_key:
            found += judge_trends(claim, points)
        elif not claim.is_of_the_run:
            found += [_verdict(claim, group, points) for group in about]
    return found


def _verdict(claim: Expectation, group: Group, points: Sequence[PointCurves]) -> SweepVerdict:
    others = counterparts(claim, group, points) if claim.compared_with else []
    about, others = best_choice(claim, group.runs), best_choice(claim, others)
    said, runs = _found(claim, about, others)
    if claim.best_over and about and others:
        best = "; ".join(
            f"best {key}: {_swept(about[0], key)} against {_swept(others[0], key)}" for key in claim.best_over
        )
        said = said._replace(numbers=f"{said.numbers}; {best}, chosen on the same runs")
    low, high, coverage = said.interval if runs and said.interval else (None, None, None)
    values = (*_each(claim, about), *_each(claim, others, compared=True))
    return SweepVerdict(
        in_words(claim, baseline=common_baseline(claim, (*about, *others))),
        group.values,
        said.outcome,
        said.numbers,
        said.value,
        low,
        high,
        coverage,
        runs=runs,
        source=claim.source,
        values=values,
    )


def _swept(run: PointCurves, key: str) -> str:
    return values_in_words({key: run.point.values.get(key)}).removeprefix(f"{key}=")


def _found(
    claim: Expectation, runs: Sequence[PointCurves], others: Sequence[PointCurves]
) -> tuple[Found, int]:
    """What runs say of a claim, and how many of those that it is about have a result."""
    nothing = Interval(-math.inf, math.inf, 0.0)
    values, missing = known_bounds(claim, runs)
    compared, missing_there = known_bounds(claim, others, other_side=True)
    if not values or (claim.compared_with and not compared):
        lacking = "is compared with" if values else "it is about"
        return Found(NOT_MET, f"no run that {lacking} has a result", None, nothing), 0
    if several := further_keys(others):
        differ = values_in_words(several)
        return Found(OPEN, f"it is compared with several points: {differ}", None, nothing), 0
    if claim.is_of_shares:
        said = judge_shares(claim, values, compared)
    elif claim.compared_with:
        said = judge_comparison(claim, values, compared)
    elif claim.share_of_seeds is not None:
        said = _judge_share(claim, values)
    else:
        said = _judge_median(claim, values)
    missing += missing_there
    more = f"; {missing} more without a result" if missing else ""
    return said._replace(numbers=said.numbers + more), len(values)


def _each(claim: Expectation, runs: Sequence[PointCurves], *, compared: bool = False) -> Iterator[RunValue]:
    for run in runs:
        bounds, seed = bounds_of(claim, run, other_side=True), run.experiment.seed
        if bounds is None or not math.isfinite(bounds.low):
            yield RunValue(seed, None, compared=compared)
        elif bounds.low < bounds.high:
            yield RunValue(seed, None, bounds.low, compared)
        else:
            yield RunValue(seed, bounds.low, compared=compared)


def _judge_median(claim: Expectation, values: Sequence[Bounds]) -> Found:
    interval, middle, count = median_interval(values), median(values), len(values)
    at = f"{number(interval.low)} to {number(interval.high)}, {interval.coverage:.0%}"
    numbers = f"median {amount(claim, middle)} of {count} runs ({at})"
    if count == 1:
        numbers = f"{amount(claim, middle)} (1 run: no interval)"
    if not can_tell(tail_of_median(count)):
        return Found(
            OPEN, f"{numbers}; fewer than {fewest(tail_of_median)} runs cannot show it", middle.low, interval
        )
    if value_holds(claim, interval.low) and value_holds(claim, interval.high):
        outcome = MET
    else:
        outcome = OPEN if value_may_hold(claim, interval.low, interval.high) else NOT_MET
    return Found(outcome, numbers, middle.low, interval)


def _judge_share(claim: Expectation, values: Sequence[Bounds]) -> Found:
    least = share_of(claim, values).met
    most = sum(value_may_hold(claim, one.low, one.high) for one in values)
    interval = Interval(wilson(least, len(values))[0], wilson(most, len(values))[1], 0.95)
    wanted = claim.share_of_seeds or 0
    outcome = MET if interval.low >= wanted else NOT_MET if interval.high < wanted else OPEN
    count = f"{least}" if least == most else f"{least} to {most}"
    numbers = f"{count} of {len(values)} runs ({interval.low:.2f} to {interval.high:.2f}, 95%)"
    if outcome == OPEN and len(values) < (needed := _needed(wanted)):
        numbers += f"; fewer than {needed} runs cannot show it"
    return Found(outcome, numbers, least / len(values), interval)


def _needed(share: float) -> int:
    """The smallest number of runs that show a share if all of them are so."""
    return next(count for count in itertools.count(1) if wilson(count, count)[0] >= share)
