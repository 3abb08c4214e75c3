"""A gradient whose path back is shorter than the lag."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

from gradviz.diagnosis import kinds
from gradviz.diagnosis.checks.dead_relu import dead_fraction
from gradviz.diagnosis.checks.saturated_gates import is_saturated
from gradviz.diagnosis.context import DiagnosisContext
from gradviz.diagnosis.cuts import amounts_of_cuts, are_masks, cuts_in_words, knows_cuts
from gradviz.diagnosis.extremes import largest
from gradviz.diagnosis.finding import Amount, Finding, Remedy, Severity
from gradviz.diagnosis.learning import has_learned
from gradviz.diagnosis.plural import counted
from gradviz.diagnosis.thresholds import DEAD
from gradviz.measures.gradient_reach import LENGTH, STEPS_SEEN, UNBROKEN_RUN
from gradviz.vocabulary import CUT, LOG10_GRAD_H, LOG10_GRAD_H_DIRECT

_VARIABLES = (LOG10_GRAD_H_DIRECT, LOG10_GRAD_H)
_READ_LAST = Remedy(
    "Let the loss read the output at the last time step of each sequence.",
    "loss = loss_fn(output[:, -1], y)  # (batch, time, features)",
)
_HAND_ON = Remedy(
    "If the calls are time steps of one sequence, give each call the state that the one before has returned.",
    "output, state = layer(x_t, state)  # a cell: h = cell(x_t, h)",
)
_LONGER_EPISODES = Remedy(
    "If the sequence ends there, this is right, and the lag is longer than the sequences. If it goes on, "
    "check the mask.",
    "h = h * (1 - done).unsqueeze(-1)  # done is 1 only where an episode has ended",
)


def truncation(context: DiagnosisContext) -> Iterator[Finding]:
    """The gradient is exactly zero beyond some step, so the loss has no effect on what lies further back."""
    runs = unbroken_runs(context)
    if not runs:
        return
    longest = largest(runs.values())
    reads_first_step = context.longest_lag == 0 and context.length > 1
    if longest.value == 0 < context.longest_lag:
        yield _direct_only(context)
    elif longest.value < context.measured_lag:
        yield _detached(context, longest)
    elif not context.is_long_enough or reads_first_step:
        yield _too_short(context, longest)
    elif context.chained_lag < (context.required_lag or 0) and has_learned(context.recording) is False:
        yield _perhaps_too_short(context, longest)


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
        f"time steps: {_why_direct_only(context)}. Nothing that happened earlier can be learned.",
        where=context.place(layer),
        amounts=(
            context.amount("gradient_reach", UNBROKEN_RUN, layer, direction),
            context.amount("gradient_reach", STEPS_SEEN, layer, direction),
            *amounts_of_cuts(context),
        ),
        variables=(*_VARIABLES, CUT) if amounts_of_cuts(context) else _VARIABLES,
        plot=context.plot("gradient_norms"),
        remedy=Remedy(
            "Pass the state on without .detach() or .data, and check that the recurrent weight is not 0.",
            "h = cell(x[:, t], h)  # not h.detach()",
        ),
    )


def _detached(context: DiagnosisContext, unbroken_run: Amount) -> Finding:
    is_mask = bool(amounts_of_cuts(context)) and are_masks(context)
    return Finding(
        kind=kinds.DETACHED,
        severity="warning" if is_mask else _severity(context),
        what=f"The gradient goes back {counted(unbroken_run.value, 'time step')} and is then exactly zero: "
        f"{_why_cut(context)}. {_consequence(context)}",
        where=context.place(context.layers[-1]),
        amounts=(unbroken_run, *amounts_of_cuts(context)),
        variables=(*_VARIABLES, CUT) if amounts_of_cuts(context) else _VARIABLES,
        plot=context.plot("gradient_norms"),
        remedy=_LONGER_EPISODES if is_mask else _longer_pieces(context),
    )


def _why_direct_only(context: DiagnosisContext) -> str:
    if knows_cuts(context) and not amounts_of_cuts(context):
        return "the state is handed on, but the recurrence passes on exactly nothing"
    return "the path from state to state is cut at every step"


def _why_cut(context: DiagnosisContext) -> str:
    if amounts_of_cuts(context):
        return cuts_in_words(context)
    if knows_cuts(context):
        return "the state is handed on there, but the recurrence passes on exactly nothing"
    return "the state is detached there (truncated backpropagation)"


def _too_short(context: DiagnosisContext, unbroken_run: Amount) -> Finding:
    """The gradient reaches the far end of every sequence, but that is not far enough."""
    layer, length = context.layers[-1], counted(context.length, "time step")
    begins_anew = context.length == 1 < context.calls
    why = f"because the sequences have no more than {length}"
    if context.begins_early:
        why = f"although the sequences have {length}: the loss reads an early step"
    elif begins_anew:
        why = f"because each of the {context.calls} calls has one time step and begins with a new state"
    return Finding(
        kind=kinds.DETACHED,
        severity=_severity(context),
        what=f"The gradient goes back {counted(unbroken_run.value, 'time step')}, {why}. "
        + _consequence(context),
        where=context.place(layer),
        amounts=(unbroken_run, context.amount("gradient_reach", LENGTH, layer, context.directions[0])),
        variables=_VARIABLES,
        plot=context.plot("gradient_norms"),
        remedy=_READ_LAST if context.begins_early else _HAND_ON if begins_anew else _longer_pieces(context),
    )


def _perhaps_too_short(context: DiagnosisContext, unbroken_run: Amount) -> Finding:
    """The sequences are shorter than the lag by so little that the lag may not be meant exactly."""
    lag, length = (counted(each, "time step") for each in (context.required_lag or 0, context.length))
    what = (
        f"The gradient goes back {counted(unbroken_run.value, 'time step')}, because the sequences have no "
        f"more than {length}. The lag was given as {lag}. If it is exact, what the answer depends on is not "
        "in the sequences, and the network cannot learn it; the loss has not fallen. If the lag was meant as "
        "the length of the sequences, nothing is wrong here."
    )
    return replace(_too_short(context, unbroken_run), severity="warning", what=what)


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
