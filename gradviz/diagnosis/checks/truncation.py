"""A gradient whose path back is shorter than the lag."""

from __future__ import annotations

import math
from collections.abc import Iterator

from gradviz.diagnosis import kinds
from gradviz.diagnosis.checks.dead_relu import dead_fraction
from gradviz.diagnosis.checks.saturated_gates import is_saturated
from gradviz.diagnosis.context import DiagnosisContext, largest
from gradviz.diagnosis.finding import Amount, Finding, Remedy, Severity
from gradviz.diagnosis.plural import counted
from gradviz.diagnosis.thresholds import DEAD
from gradviz.measures.gradient_reach import LENGTH, STEPS_SEEN, UNBROKEN_RUN
from gradviz.vocabulary import LOG10_GRAD_H, LOG10_GRAD_H_DIRECT

_VARIABLES = (LOG10_GRAD_H_DIRECT, LOG10_GRAD_H)


def truncation(context: DiagnosisContext) -> Iterator[Finding]:
    """The gradient is exactly zero beyond some step, so the loss has no effect on what lies further back."""
    runs = unbroken_runs(context)
    if not runs:
        return
    longest = largest(runs.values())
    required = context.required_lag or 0
    is_too_short = context.longest_lag < required - context.is_random_probe
    reads_first_step = context.longest_lag == 0 and context.length > 1
    if longest.value == 0 < context.longest_lag:
        yield _direct_only(context)
    elif longest.value < context.measured_lag:
        yield _detached(context, longest)
    elif is_too_short or reads_first_step:
        yield _too_short(context, longest)


def unbroken_runs(context: DiagnosisContext) -> dict[str, Amount]:
    """Time steps over which the last layer passes gradient on, by direction.

    Empty where that would not show a cut: dead and saturated units also pass on exactly zero, and there are
    other findings for them.
    """
    if not context.has_direct or dead_fraction(context) >= DEAD["warning"] or is_saturated(context):
        return {}
    layer = context.layers[-1]
    runs = {d: context.amount("gradient_reach", UNBROKEN_RUN, layer, d) for d in context.directions}
    return {} if math.isnan(largest(runs.values()).value) else runs


def _direct_only(context: DiagnosisContext) -> Finding:
    layer, direction = context.layers[-1], context.directions[0]
    return Finding(
        kind=kinds.DIRECT_ONLY,
        severity="trouble",
        what="Each state receives only the gradient that the loss sends it directly, and none from later "
        "time steps: the path from state to state is cut at every step. Nothing that happened earlier can be "
        "learned.",
        where=context.place(layer),
        amounts=(
            context.amount("gradient_reach", UNBROKEN_RUN, layer, direction),
            context.amount("gradient_reach", STEPS_SEEN, layer, direction),
        ),
        variables=_VARIABLES,
        plot=context.plot("gradient_norms"),
        remedy=Remedy(
            "Pass the state on without .detach() or .data, and check that the recurrent weight is not 0.",
            "h = cell(x[:, t], h)  # not h.detach()",
        ),
    )


def _detached(context: DiagnosisContext, unbroken_run: Amount) -> Finding:
    return Finding(
        kind=kinds.DETACHED,
        severity=_severity(context),
        what=f"The gradient goes back {counted(unbroken_run.value, 'time step')} and is then exactly zero: "
        f"the state is detached there (truncated backpropagation). {_consequence(context)}",
        where=context.place(context.layers[-1]),
        amounts=(unbroken_run,),
        variables=_VARIABLES,
        plot=context.plot("gradient_norms"),
        remedy=_longer_pieces(context),
    )


def _too_short(context: DiagnosisContext, unbroken_run: Amount) -> Finding:
    """The gradient reaches the far end of every sequence, but that is not far enough."""
    layer, length = context.layers[-1], counted(context.length, "time step")
    begins_early = context.longest_lag < context.length - 1
    why = (
        f"although the sequences have {length}: the loss reads an early step"
        if begins_early
        else f"because the sequences have no more than {length}"
    )
    return Finding(
        kind=kinds.DETACHED,
        severity=_severity(context),
        what=f"The gradient goes back {counted(unbroken_run.value, 'time step')}, {why}. "
        + _consequence(context),
        where=context.place(layer),
        amounts=(unbroken_run, context.amount("gradient_reach", LENGTH, layer, context.directions[0])),
        variables=_VARIABLES,
        plot=context.plot("gradient_norms"),
        remedy=Remedy(
            "Let the loss read the output at the last time step of each sequence.",
            "loss = loss_fn(output[:, -1], y)  # (batch, time, features)",
        )
        if begins_early
        else _longer_pieces(context),
    )


def _severity(context: DiagnosisContext) -> Severity:
    return "warning" if context.required_lag is None or context.is_random_probe else "trouble"


def _consequence(context: DiagnosisContext) -> str:
    if context.required_lag is None:
        return "If the task needs more than that, the network cannot learn it."
    if context.is_random_probe:
        return f"For a lag of {context.required_lag}, the probe must be longer."
    lag = counted(context.required_lag, "time step")
    return f"The task needs {lag}, so the network cannot learn it from the gradient."


def _longer_pieces(context: DiagnosisContext) -> Remedy:
    piece = (context.required_lag or context.length) + 1
    if context.is_random_probe:
        return Remedy("Probe with longer sequences.", f"gv.probe(model, length={piece})")
    return Remedy(
        f"Train on sequences of at least {piece} time steps. If you cut them into pieces, make the pieces "
        "that long, and do not detach the state within a piece.",
        f"for piece in x.split({piece}, dim=1): ...  # and state.detach() only between the pieces",
    )
