"""What is known of the value of a claim in each of several runs."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from gradviz.experiment.config.claim_schema import Expectation
from gradviz.experiment.run.claim_curve import Curve, as_curve
from gradviz.experiment.run.claim_units import baseline_of, in_units
from gradviz.experiment.run.claim_value import steps_until, value_at_step
from gradviz.experiment.run.expectations import holds, until_limit
from gradviz.experiment.sweep.compared_runs import PointCurves, choices
from gradviz.experiment.sweep.difference_of_shares import Share
from gradviz.experiment.sweep.intervals import Bounds, median


def bounds_of(claim: Expectation, run: PointCurves, *, other_side: bool = False) -> Bounds | None:
    """Between which numbers the value of a run lies; None if it has no result.

    Parameters
    ----------
    claim : Expectation
    run : PointCurves
    other_side : bool
        Whether the claim compares with this run: what is not known of it may then be anything, where it is
        else a value that does not meet the claim.
    """
    curve = run.metrics.get(claim.metric) if run.metrics else None
    if curve is None:
        return None
    curve = in_units(claim, curve, run.experiment)
    if until_limit(claim) is not None:
        return _steps(claim, curve, run.diverged and not other_side)
    value = None if run.diverged and claim.at == "end" else value_at_step(claim, curve)
    if value is not None and not math.isnan(value):
        return Bounds(value, value)
    return Bounds(-math.inf, math.inf) if other_side else _not_meeting(claim)


def known_bounds(
    claim: Expectation, runs: Iterable[PointCurves], *, other_side: bool = False
) -> tuple[list[Bounds], int]:
    """The values of the runs that have a result, and how many have none.

    Where shares are compared, what is not known does not meet the claim on the other side either.
    """
    other_side = other_side and not claim.is_of_shares
    found = [bounds_of(claim, run, other_side=other_side) for run in runs]
    known = [one for one in found if one is not None]
    return known, len(found) - len(known)


def best_choice(claim: Expectation, runs: Sequence[PointCurves]) -> list[PointCurves]:
    """The runs with the values of ``best_over`` whose median is the best; all of them without it.

    The best is the largest for ``above_that_of``, else the smallest; of shares the largest or smallest share.
    The first one of several that are equal.
    """
    found = [] if not claim.best_over else choices(claim, runs)
    if len(found) < 2:
        return list(runs)
    sign = -1.0 if claim.above_that_of else 1.0

    def middle(some: Sequence[PointCurves]) -> float:
        values, _ = known_bounds(claim, some)
        if not values:
            return math.inf
        return sign * (share_of(claim, values).value if claim.is_of_shares else median(values).low)

    return min(found, key=middle)


def share_of(claim: Expectation, values: Sequence[Bounds]) -> Share:
    """How many of the values are known to meet the claim."""
    met = sum(value_holds(claim, one.low) and value_holds(claim, one.high) for one in values)
    return Share(met, len(values))


def common_baseline(claim: Expectation, runs: Iterable[PointCurves]) -> float | None:
    """The baseline in whose units the claim is, where it is the same for all runs."""
    found = {baseline_of(claim, one.experiment) for one in runs}
    return found.pop() if len(found) == 1 else None


def has_limits(claim: Expectation) -> bool:
    """Whether a claim says what its value must be."""
    return claim.below is not None or claim.above is not None or claim.near is not None


def value_holds(claim: Expectation, value: float) -> bool:
    """Whether a value meets the claim; without limits, whether it was reached at all."""
    return holds(claim, value) and (has_limits(claim) or value < math.inf)


def value_may_hold(claim: Expectation, low: float, high: float) -> bool:
    """Whether a value between two numbers, which are among them, can meet the claim."""
    tolerance = claim.tolerance or 0
    return (
        (claim.below is None or low < claim.below)
        and (claim.above is None or high > claim.above)
        and (claim.near is None or (low <= claim.near + tolerance and high >= claim.near - tolerance))
        and (has_limits(claim) or low < math.inf)
    )


def _steps(claim: Expectation, curve: Sequence[float] | Curve, diverged: bool) -> Bounds:
    steps = steps_until(claim, curve)
    if steps is not None:
        return Bounds(steps, steps)
    if diverged:
        return _not_meeting(claim)
    only_whether = not _compares_values(claim) and not has_limits(claim)
    return Bounds(math.inf if only_whether else as_curve(curve).taken, math.inf)


def _compares_values(claim: Expectation) -> bool:
    return claim.compares_runs and not claim.is_of_shares


def _not_meeting(claim: Expectation) -> Bounds:
    return Bounds(*([-math.inf if _wants_large(claim) else math.inf] * 2))


def _wants_large(claim: Expectation) -> bool:
    if _compares_values(claim):
        return bool(claim.above_that_of)
    return claim.above is not None and claim.below is None and claim.near is None
