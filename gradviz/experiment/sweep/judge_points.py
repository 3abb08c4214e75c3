"""Judge the claims over several runs of a sweep: over seeds, and between points."""

from __future__ import annotations

import itertools
import math
from collections.abc import Collection, Iterable, Sequence
from typing import Any, Literal, NamedTuple

from gradviz.diagnosis.reliability import wilson
from gradviz.experiment.config.claim_schema import Expectation
from gradviz.experiment.config.condition_values import in_words as values_in_words
from gradviz.experiment.run.claim_curve import Curve, as_curve
from gradviz.experiment.run.claim_value import median_at, steps_until
from gradviz.experiment.run.expectations import has_values, holds, in_words, until_limit
from gradviz.experiment.sweep.compared_runs import Group, PointCurves, counterparts, groups
from gradviz.experiment.sweep.intervals import (
    Bounds,
    Interval,
    difference_interval,
    difference_of_medians,
    median,
    median_interval,
    ratio_interval,
    ratio_of_medians,
)

Outcome = Literal["met", "not met", "the seeds do not tell"]
MET: Outcome = "met"
NOT_MET: Outcome = "not met"
OPEN: Outcome = "the seeds do not tell"


class SweepVerdict(NamedTuple):
    """A claim over several runs, and what they say.

    Attributes
    ----------
    claim : str
        The claim in words.
    point : dict
        The swept values that the runs share, by dotted key.
    outcome : {"met", "not met", "the seeds do not tell"}
        The last one if the claim's limit lies in the interval, or one run leaves none.
    numbers : str
        The numbers in words.
    value, low, high : float or None
        The median, the share of the runs or the ratio (where values are negative the difference), and the
        interval around it; of a value that is known only to lie between two numbers the smaller one. None
        without a run that has a result.
    coverage : float or None
        Probability with which such an interval holds it.
    runs : int
        Number of runs that have a result.
    source : str
    """

    claim: str
    point: dict[str, Any]
    outcome: Outcome
    numbers: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    coverage: float | None = None
    runs: int = 0
    source: str = ""

    def __str__(self) -> str:
        at = values_in_words(self.point)
        source = f" ({self.source})" if self.source else ""
        word = "NOT MET" if self.outcome == NOT_MET else self.outcome
        return f"{word}: {self.claim}{f', at {at}' if at else ''}: {self.numbers}{source}"


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
        Wilson's, of a ratio that of `ratio_interval`.

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
        if not claim.is_of_the_run:
            found += [_verdict(claim, group, points) for group in about]
    return found


def _verdict(claim: Expectation, group: Group, points: Iterable[PointCurves]) -> SweepVerdict:
    values, missing = _values(claim, group.runs)
    words = in_words(claim)
    if claim.compared_with:
        others, others_missing = _values(claim, counterparts(claim, group, points), other_side=True)
        missing += others_missing
    if not values or (claim.compared_with and not others):
        lacking = "is compared with" if values else "it is about"
        numbers = f"no run that {lacking} has a result"
        return SweepVerdict(words, group.values, NOT_MET, numbers, source=claim.source)
    if claim.compared_with:
        found = _ratio_verdict(claim, values, others)
    elif claim.share_of_seeds is not None:
        found = _share_verdict(claim, values)
    else:
        found = _median_verdict(claim, values)
    outcome, numbers, value, interval = found
    numbers += f"; {missing} more without a result" if missing else ""
    return SweepVerdict(
        words, group.values, outcome, numbers, value, *interval, runs=len(values), source=claim.source
    )


_Found = tuple[Outcome, str, float, Interval]


def _values(
    claim: Expectation, runs: Iterable[PointCurves], *, other_side: bool = False
) -> tuple[list[Bounds], int]:
    """The values of the runs that have a result, and how many have none."""
    curves = [(run.metrics.get(claim.metric) if run.metrics else None, run.diverged) for run in runs]
    known = [_value(claim, curve, lost, other_side) for curve, lost in curves if curve is not None]
    return known, len(curves) - len(known)


def _value(claim: Expectation, curve: Sequence[float] | Curve, diverged: bool, other_side: bool) -> Bounds:
    if until_limit(claim) is not None:
        return _steps(claim, curve, diverged and not other_side)
    value = None if diverged and claim.at == "end" else median_at(claim, curve)
    if value is not None and not math.isnan(value):
        return Bounds(value, value)
    return Bounds(-math.inf, math.inf) if other_side else _not_meeting(claim)


def _steps(claim: Expectation, curve: Sequence[float] | Curve, diverged: bool) -> Bounds:
    steps = steps_until(claim, curve)
    if steps is not None:
        return Bounds(steps, steps)
    if diverged:
        return _not_meeting(claim)
    only_whether = not claim.compared_with and not _has_limits(claim)
    return Bounds(math.inf if only_whether else as_curve(curve).taken, math.inf)


def _not_meeting(claim: Expectation) -> Bounds:
    return Bounds(*([-math.inf if _wants_large(claim) else math.inf] * 2))


def _wants_large(claim: Expectation) -> bool:
    if claim.compared_with:
        return bool(claim.above_that_of)
    return claim.above is not None and claim.below is None and claim.near is None


def _has_limits(claim: Expectation) -> bool:
    return claim.below is not None or claim.above is not None or claim.near is not None


def _median_verdict(claim: Expectation, values: Sequence[Bounds]) -> _Found:
    interval, middle = median_interval(values), median(values)
    if len(values) == 1:
        return OPEN, f"{_amount(claim, middle)} (1 run: no interval)", middle.low, interval
    if _holds(claim, interval.low) and _holds(claim, interval.high):
        outcome = MET
    else:
        outcome = OPEN if _may_hold(claim, interval.low, interval.high) else NOT_MET
    at = f"{_number(interval.low)} to {_number(interval.high)}, {interval.coverage:.0%}"
    return outcome, f"median {_amount(claim, middle)} of {len(values)} runs ({at})", middle.low, interval


def _share_verdict(claim: Expectation, values: Sequence[Bounds]) -> _Found:
    least = sum(_holds(claim, one.low) and _holds(claim, one.high) for one in values)
    most = sum(_may_hold(claim, one.low, one.high) for one in values)
    interval = Interval(wilson(least, len(values))[0], wilson(most, len(values))[1], 0.95)
    wanted = claim.share_of_seeds or 0
    outcome = MET if interval.low >= wanted else NOT_MET if interval.high < wanted else OPEN
    count = f"{least}" if least == most else f"{least} to {most}"
    numbers = f"{count} of {len(values)} runs ({interval.low:.2f} to {interval.high:.2f}, 95%)"
    if outcome == OPEN and len(values) < (needed := _needed(wanted)):
        numbers += f"; fewer than {needed} runs cannot show it"
    return outcome, numbers, least / len(values), interval


def _needed(share: float) -> int:
    """The smallest number of runs that show a share if all of them are so."""
    return next(count for count in itertools.count(1) if wilson(count, count)[0] >= share)


def _ratio_verdict(claim: Expectation, values: Sequence[Bounds], others: Sequence[Bounds]) -> _Found:
    top, bottom = (values, others) if claim.above_that_of else (others, values)
    sides = f"{_side(claim, values)} against {_side(claim, others)}"
    plain = claim.factor in (None, 1)
    if _is_negative(values) or _is_negative(others):
        interval, middle = difference_interval(top, bottom), difference_of_medians(top, bottom)
        numbers, limit = f"{sides}: apart by {_between(middle)}", 0.0
        if not plain:
            return NOT_MET, f"{sides}: a factor says nothing of values below 0", middle.low, interval
    else:
        top, bottom = _from_zero(top), _from_zero(bottom)
        interval, middle = ratio_interval(top, bottom), ratio_of_medians(top, bottom)
        if middle == Bounds(0, math.inf):
            return OPEN, f"{sides}, so that nothing is known of their ratio", middle.low, interval
        numbers, limit = f"{sides}: {_between(middle)} ×", claim.factor or 1.0
    if interval.coverage == 0:
        fewer = "1 run each" if len(values) == len(others) else "1 run on a side"
        return OPEN, f"{numbers} ({fewer}: no interval)", middle.low, interval
    reached, never = interval.low >= limit, interval.high < limit
    if plain:  # as many steps are not faster
        reached, never = interval.low > limit, interval.high <= limit
    numbers += f" ({_number(interval.low)} to {_number(interval.high)}, 95%)"
    return MET if reached else NOT_MET if never else OPEN, numbers, middle.low, interval


def _is_negative(values: Iterable[Bounds]) -> bool:
    return any(-math.inf < one.low < 0 for one in values)


def _from_zero(values: Iterable[Bounds]) -> list[Bounds]:
    """A value that is not known is at least 0, where all that are known are."""
    return [Bounds(max(one.low, 0.0), max(one.high, 0.0)) for one in values]


def _side(claim: Expectation, values: Sequence[Bounds]) -> str:
    of = f" (median of {len(values)} runs)" if len(values) > 1 else ""
    middle = median(values)
    if until_limit(claim) is None and middle.low < middle.high:
        return f"not known{of}"
    if middle.low < middle.high:
        return f"not reached in {_number(middle.low)} steps{of}"
    return f"{_amount(claim, middle)}{of}"


def _holds(claim: Expectation, value: float) -> bool:
    return holds(claim, value) and (_has_limits(claim) or value < math.inf)


def _may_hold(claim: Expectation, low: float, high: float) -> bool:
    """Whether a value between two numbers, which are among them, can meet the claim."""
    tolerance = claim.tolerance or 0
    return (
        (claim.below is None or low < claim.below)
        and (claim.above is None or high > claim.above)
        and (claim.near is None or (low <= claim.near + tolerance and high >= claim.near - tolerance))
        and (_has_limits(claim) or low < math.inf)
    )


def _amount(claim: Expectation, value: Bounds) -> str:
    if until_limit(claim) is None:
        return _between(value)
    amount = _between(value)
    return "not reached" if value.low == math.inf else f"{amount} step{'' if amount == '1' else 's'}"


def _number(value: float) -> str:
    return f"{value:.4g}"


def _between(value: Bounds) -> str:
    if value.low == value.high:
        return _number(value.low)
    if value.high == math.inf:
        return "anything" if value.low in (0, -math.inf) else f"at least {_number(value.low)}"
    if value.low == -math.inf:
        return f"at most {_number(value.high)}"
    return f"{_number(value.low)} to {_number(value.high)}" if value.low else f"at most {_number(value.high)}"
