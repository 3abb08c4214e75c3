"""Compare the claims of an experiment's source with the results of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from gradviz.experiment.config.claim_schema import ALL, MEDIAN, Expectation
from gradviz.experiment.config.condition_values import in_words as values_in_words
from gradviz.experiment.config.condition_values import table_has
from gradviz.experiment.config.schema import Experiment
from gradviz.experiment.run.claim_curve import Curve, SparseCurve, as_curve, of_evaluations
from gradviz.experiment.run.claim_units import baseline_of, in_units
from gradviz.experiment.run.claim_value import steps_until, value_at_step, values_of_claim
from gradviz.vocabulary import VALIDATION


class Verdict(NamedTuple):
    """One claim, the measured value, and whether the claim is met.

    Attributes
    ----------
    claim : str
        The claim in words.
    value : float or None
        Median, mean or worst value of the metric over the claim's steps, or the number of steps until a limit
        is reached; None if the run ended before.
    met : bool
    source : str
    """

    claim: str
    value: float | None
    met: bool
    source: str


def judge(
    experiment: Experiment,
    metrics: Mapping[str, Sequence[float] | Curve],
    validation: Mapping[str, SparseCurve] | None = None,
    *,
    diverged: bool = False,
) -> list[Verdict]:
    """A verdict for every claim that applies to this run; not for those over several runs of a sweep.

    Parameters
    ----------
    experiment : Experiment
    metrics : mapping of str to sequence of float or Curve
        By name; a sequence has one value for each training step.
    validation : mapping of str to SparseCurve, optional
        By name, one value for each evaluation.  ``over`` then counts evaluations, up to the step ``at``.
    diverged : bool
        Whether the loss or its gradient became infinite or NaN: such a run has no value at its end.
    """
    taken = max((as_curve(curve).taken for curve in metrics.values()), default=0)
    evaluated = {name: of_evaluations(curve, taken) for name, curve in (validation or {}).items()}
    curves: dict[str, Sequence[float] | Curve] = {**metrics, **evaluated}
    return [
        _verdict(claim, experiment, in_units(claim, curves[claim.metric], experiment), diverged)
        for claim in experiment.expect
        if claim.is_of_the_run and has_values(experiment, claim.conditions)
    ]


def has_values(experiment: Experiment, conditions: Mapping[str, Any]) -> bool:
    """Whether an experiment has the values that a claim names, by dotted key."""
    return table_has(experiment.model_dump(), conditions)


def _verdict(claim: Expectation, experiment: Experiment, curve: Curve, diverged: bool) -> Verdict:
    baseline = baseline_of(claim, experiment)
    if until_limit(claim) is not None:
        return _verdict_on_steps(claim, curve, baseline)
    value = None if diverged and claim.at == "end" else value_at_step(claim, curve)
    words = in_words(claim, median_of=len(values_of_claim(claim, curve)), baseline=baseline)
    return Verdict(words, value, value is not None and holds(claim, value), claim.source)


def _verdict_on_steps(claim: Expectation, curve: Curve, baseline: float | None) -> Verdict:
    """Steps that were never reached are more than those that the run has."""
    steps, taken = steps_until(claim, curve), curve.taken
    words = in_words(claim, not_reached_in=taken if steps is None else None, baseline=baseline)
    if steps is None:
        met = claim.above is not None and taken >= claim.above and claim.below is claim.near is None
    else:
        met = holds(claim, steps)
    return Verdict(words, steps, met, claim.source)


def holds(claim: Expectation, value: float) -> bool:
    """Whether a value fulfils a claim; NaN never does, since every comparison with it is false."""
    return (
        (claim.below is None or value < claim.below)
        and (claim.above is None or value > claim.above)
        and (claim.near is None or abs(value - claim.near) <= (claim.tolerance or 0))
    )


def until_limit(claim: Expectation) -> float | None:
    """The limit that is to be reached; None if the claim is about the value at a step."""
    return claim.until_above if claim.until_below is None else claim.until_below


def in_words(
    claim: Expectation,
    *,
    median_of: int | None = None,
    not_reached_in: int | None = None,
    baseline: float | None = None,
) -> str:
    """The claim in words, for example ``loss at the end below 0.02``.

    Parameters
    ----------
    claim : Expectation
    median_of : int, optional
        Number of steps over which the median was taken in fact.
    not_reached_in : int, optional
        Number of steps in which the limit was not reached.
    baseline : float, optional
        Where the claim is in units of it, and it is known.
    """
    what = _value_in_words(claim, median_of, baseline)
    if claim.compares_runs and not claim.is_of_shares:
        steps = "number of steps until " if claim.trend_key and until_limit(claim) is not None else ""
        return f"{steps}{what} {_comparison_in_words(claim)}"
    if not_reached_in is not None:
        what += f" (not reached in {not_reached_in} steps)"
    limits = _limits_in_words(claim)
    if until_limit(claim) is not None:
        words = f"steps until {what} {limits}" if limits else f"{what} at some step"
    else:
        words = f"{what} {limits}"
    if claim.is_of_shares:
        return f"share of the seeds with {words} {_comparison_in_words(claim)}"
    if claim.share_of_seeds is not None:
        return f"{words} for at least {claim.share_of_seeds:.0%} of the seeds"
    return words if claim.over_seeds is None else f"{words}, {claim.over_seeds} over the seeds"


def _comparison_in_words(claim: Expectation) -> str:
    if claim.trend_key:
        return f"{'falls' if claim.falls_with else 'rises'} with {claim.trend_key}"
    other = values_in_words(claim.compared_with)
    factor = "" if claim.factor in (None, 1) else f"at least {claim.factor:g} × "
    best = f", each at its best {' and '.join(claim.best_over)}" if claim.best_over else ""
    if claim.within_factor_of:
        return f"within a factor of {claim.factor:g} of that of {other}"
    if claim.faster_than:
        return f"{factor}faster than {other}{best}"
    return f"{factor}{'below' if claim.below_that_of else 'above'} that of {other}{best}"


def _value_in_words(claim: Expectation, median_of: int | None, baseline: float | None) -> str:
    metric = claim.metric
    if claim.in_units_of is not None:
        metric += " in units of the baseline" + ("" if baseline is None else f" {baseline:.4g}")
    over = _over_in_words(claim, median_of)
    if claim.until_below is not None:
        return f"{metric} < {claim.until_below:g}{over}"
    if claim.until_above is not None:
        return f"{metric} > {claim.until_above:g}{over}"
    when = "at the end" if claim.at == "end" else f"at step {claim.at}"
    return f"{metric} {when}{over}"


def _over_in_words(claim: Expectation, there: int | None) -> str:
    one = "evaluation" if claim.metric.startswith(VALIDATION) else "step"
    if claim.over == 1:
        return ""
    of = "all" if claim.over_steps == ALL else f"{claim.over_steps or MEDIAN} of"
    if not there or there == claim.over:
        return f" ({of} {claim.over} {one}s)"
    return f" ({of} {there} {one}s, all so far)" if there > 1 else f" (of 1 {one}: there are no more yet)"


def _limits_in_words(claim: Expectation) -> str:
    parts = [
        f"{word} {limit:g}"
        for word, limit in (("below", claim.below), ("above", claim.above))
        if limit is not None
    ]
    if claim.near is not None:
        parts.append(f"within {claim.tolerance:g} of {claim.near:g}")
    return " and ".join(parts)
