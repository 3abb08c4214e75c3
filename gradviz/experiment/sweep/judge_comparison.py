"""Judge a claim that compares the runs of two points."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from gradviz.experiment.config.claim_schema import Expectation
from gradviz.experiment.run.expectations import until_limit
from gradviz.experiment.sweep.bounds_in_words import amount, between, number
from gradviz.experiment.sweep.enough_runs import runs_needed
from gradviz.experiment.sweep.intervals import (
    Bounds,
    Interval,
    difference_interval,
    median,
    middle_difference,
    middle_ratio,
    ratio_interval,
    tail_of_pairs,
)
from gradviz.experiment.sweep.sweep_verdict import MET, NOT_MET, OPEN, Found


def judge_comparison(claim: Expectation, values: Sequence[Bounds], others: Sequence[Bounds]) -> Found:
    """What the values of two points say of a claim.

    Parameters
    ----------
    claim : Expectation
    values, others : sequence of Bounds
        Of the runs that it is about, and of those with which it compares; one or more each.
    """
    top, bottom = (values, others) if claim.above_that_of else (others, values)
    sides = f"{_side(claim, values)} against {_side(claim, others)}"
    plain = claim.factor in (None, 1)
    if _is_negative(values) or _is_negative(others):
        interval, middle = difference_interval(top, bottom), middle_difference(top, bottom)
        before, unit, limit = "apart by ", "", 0.0
        if not plain:
            said = f"{sides}: a factor says nothing of values below 0"
            return Found(NOT_MET, said, middle.low, interval)
    else:
        top, bottom = _from_zero(top), _from_zero(bottom)
        interval, middle = ratio_interval(top, bottom), middle_ratio(top, bottom)
        before, unit, limit = "", " ×", claim.factor or 1.0
    reached = _reached(claim, values, others)
    if _is_anything(interval):
        return Found(OPEN, f"{sides}{reached}, so that nothing is known of their ratio", None, interval)
    numbers = f"{sides}: {before}{_measured(middle, interval, unit)}{reached}"
    if few := runs_needed(tail_of_pairs, len(values), len(others)):
        return Found(OPEN, f"{numbers}; {few}", middle.low, interval)
    met, never = interval.low >= limit, interval.high < limit
    if claim.within_factor_of:
        met = interval.low > 1 / limit and interval.high < limit
        never = interval.high <= 1 / limit or interval.low >= limit
    elif plain:  # as many steps are not faster
        met, never = interval.low > limit, interval.high <= limit
    return Found(MET if met else NOT_MET if never else OPEN, numbers, middle.low, interval)


def _measured(middle: Bounds, interval: Interval, unit: str) -> str:
    """The middle with the interval around it; the interval alone where the middle is not known."""
    ends = f"{number(interval.low)} to {number(interval.high)}"
    if middle.low == middle.high:
        return f"{number(middle.low)}{unit} ({ends}, {interval.coverage:.0%})"
    return f"{between(Bounds(interval.low, interval.high))}{unit} ({interval.coverage:.0%})"


def _is_anything(interval: Interval) -> bool:
    return interval.high == math.inf and interval.low in (0, -math.inf)


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
        return f"not reached in {number(middle.low)} steps{of}"
    return f"{amount(claim, middle)}{of}"


def _reached(claim: Expectation, values: Sequence[Bounds], others: Sequence[Bounds]) -> str:
    """How many runs reached the limit of the claim; empty if all did."""
    if until_limit(claim) is None or all(one.high < math.inf for one in (*values, *others)):
        return ""
    counts = [f"{sum(one.high < math.inf for one in side)} of {len(side)}" for side in (values, others)]
    return f"; reached by {counts[0]} against {counts[1]}"
