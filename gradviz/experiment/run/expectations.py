"""Compare the claims of an experiment's source with the results of a run."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from gradviz.experiment.config.schema import Expectation, Experiment


class Verdict(NamedTuple):
    """One claim, the measured value, and whether the claim is met.

    Attributes
    ----------
    claim : str
        The claim in words.
    value : float or None
        Median of the metric over the claim's steps; None if the run ended before them.
    met : bool
    source : str
    """

    claim: str
    value: float | None
    met: bool
    source: str


class SparseCurve(NamedTuple):
    """Values that only some training steps have.

    Attributes
    ----------
    steps : list of int
        In increasing order.
    values : list of float
        One for each.
    """

    steps: list[int]
    values: list[float]


def judge(
    experiment: Experiment,
    metrics: Mapping[str, Sequence[float]],
    validation: Mapping[str, SparseCurve] | None = None,
) -> list[Verdict]:
    """A verdict for every claim that applies to this run.

    Parameters
    ----------
    experiment : Experiment
    metrics : mapping of str to sequence of float
        By name, one value for each training step.
    validation : mapping of str to SparseCurve, optional
        By name, one value for each evaluation.  ``over`` then counts evaluations, up to the step ``at``.
    """
    table, sparse = experiment.model_dump(), validation or {}
    taken = max(map(len, metrics.values()), default=0)
    return [
        _sparse_verdict(claim, sparse[claim.metric], taken)
        if claim.metric in sparse
        else _verdict(claim, metrics[claim.metric])
        for claim in experiment.expect
        if all(_at(table, key) == value for key, value in claim.where.items())
    ]


def _verdict(claim: Expectation, curve: Sequence[float]) -> Verdict:
    last = len(curve) - 1 if claim.at == "end" else int(claim.at)
    value = None
    if 0 <= last < len(curve):
        value = statistics.median(curve[max(0, last + 1 - claim.over) : last + 1])
    return Verdict(in_words(claim), value, value is not None and _holds(claim, value), claim.source)


def _sparse_verdict(claim: Expectation, curve: SparseCurve, taken: int) -> Verdict:
    """The verdict on evaluations, of a run with so many steps."""
    last = taken - 1 if claim.at == "end" else int(claim.at)
    seen = [value for step, value in zip(*curve, strict=True) if step <= last][-claim.over :]
    value = statistics.median(seen) if seen and last < taken else None
    met = value is not None and _holds(claim, value)
    return Verdict(in_words(claim, of="evaluations"), value, met, claim.source)


def _holds(claim: Expectation, value: float) -> bool:
    """Whether a value fulfils a claim; NaN never does, since every comparison with it is false."""
    return (
        (claim.below is None or value < claim.below)
        and (claim.above is None or value > claim.above)
        and (claim.near is None or abs(value - claim.near) <= (claim.tolerance or 0))
    )


def in_words(claim: Expectation, *, of: str = "steps") -> str:
    """The claim in words, for example ``loss at the end below 0.02``; ``of`` names what its median is of."""
    when = "at the end" if claim.at == "end" else f"at step {claim.at}"
    over = f" (median of {claim.over} {of})" if claim.over > 1 else ""
    parts = [
        f"{word} {limit:g}"
        for word, limit in (("below", claim.below), ("above", claim.above))
        if limit is not None
    ]
    if claim.near is not None:
        parts.append(f"within {claim.tolerance:g} of {claim.near:g}")
    return f"{claim.metric} {when}{over} {' and '.join(parts)}"


def _at(table: Mapping[str, Any], key: str) -> Any:
    value: Any = table
    for part in key.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value
