"""Where the loss puts its gradient in, and where it is cut."""

from __future__ import annotations

import math
from collections.abc import Iterator

from gradviz.diagnosis import kinds
from gradviz.diagnosis.checks.units import dead_fraction, is_saturated
from gradviz.diagnosis.context import DiagnosisContext, largest
from gradviz.diagnosis.finding import Amount, Finding, Remedy, Severity
from gradviz.diagnosis.number_text import steps
from gradviz.diagnosis.remedies import other_layout
from gradviz.diagnosis.thresholds import DEAD
from gradviz.measures.gradient_reach import (
    LENGTH,
    SEQUENCES_REACHED,
    SEQUENCES_SEEN,
    STEPS_SEEN,
    UNBROKEN_RUN,
)
from gradviz.vocabulary import BATCH_FIRST, BATCH_SIZE, LOG10_GRAD_H, LOG10_GRAD_H_DIRECT, REVERSE, SAMPLE

_NORMS = "gradient_norms"
_SEEN = (LOG10_GRAD_H_DIRECT, LOG10_GRAD_H)


def no_gradient(context: DiagnosisContext) -> Iterator[Finding]:
    """The module ran, but no recorded sequence gets any gradient."""
    if not context.has_direct or _most(context, SEQUENCES_REACHED) > 0:
        return
    amount = context.amount("gradient_reach", SEQUENCES_REACHED, context.layers[-1], context.directions[0])
    yield Finding(
        kind=kinds.NO_GRADIENT,
        severity="trouble",
        what="The loss sends exactly nothing to this module: its output does not enter the loss, or is "
        "cut off from it by .detach(), .data, torch.no_grad() or a rounding such as argmax, or what "
        "follows it passes nothing on (a relu that is always zero, a factor of 0). The module cannot "
        "learn.",
        where=context.place(),
        amounts=(amount,),
        variables=_SEEN,
        plot=context.plot(_NORMS),
        remedy=Remedy(
            "Follow the way from the layer's output to the loss and take the cut out.",
            "assert output.grad_fn is not None  # at every stage between the layer and the loss",
        ),
    )


def wrong_batch_first(context: DiagnosisContext) -> Iterator[Finding]:
    """One sequence of the batch gets all of the gradient, and at every step: its steps are the batch."""
    sequences = context.dataset.sizes[SAMPLE]
    if not context.has_direct or sequences < 2 or context.length < 2:
        return
    layer = context.layers[-1]
    direction = context.directions[0]
    seen = context.amount("gradient_reach", SEQUENCES_SEEN, layer, direction)
    steps = context.amount("gradient_reach", STEPS_SEEN, layer, direction)
    if round(seen.value * sequences) != 1 or steps.value < 1:
        return
    is_first = bool(context.attributes.get(BATCH_FIRST))
    layout = "(batch, time, features)" if is_first else "(time, batch, features)"
    batch = context.attributes.get(BATCH_SIZE, sequences)
    yield Finding(
        kind=kinds.WRONG_BATCH_FIRST,
        severity="trouble",
        what=f"The loss sees 1 of the {sequences} recorded sequences, at every one of its "
        f"{context.length} steps. That is what swapped axes look like: with batch_first={is_first} the "
        f"layer takes its input for {layout}, here {batch} sequences of {context.length} steps, and the "
        "loss then picks a 'last step' that is really the last sequence. The layer is run along the "
        "batch, and one example leaks into the next.",
        where=context.place(layer),
        amounts=(seen, steps),
        variables=_SEEN,
        plot=context.plot("gradient_heatmap"),
        remedy=other_layout(context),
    )


def cut(context: DiagnosisContext) -> Iterator[Finding]:
    """The gradient ends exactly at some step, so nothing further back is ever told of the loss."""
    if not context.has_direct or dead_fraction(context) >= DEAD["warning"] or is_saturated(context):
        return
    layer = context.layers[-1]
    unbroken_runs = {d: context.amount("gradient_reach", UNBROKEN_RUN, layer, d) for d in context.directions}
    longest = largest(unbroken_runs.values())
    if math.isnan(longest.value):
        return
    yield from _reverse_unused(context, {d: amount.value for d, amount in unbroken_runs.items()})
    if context.calls > 1:
        yield _piece_by_piece(context, layer, longest)
        return
    needed = 0 if context.asked_lag is None else context.asked_lag
    if longest.value == 0 < context.reach:
        yield _direct_only(context, layer)
    elif longest.value < context.lag:
        yield _detached(context, layer, longest)
    elif context.reach < needed - context.is_short_probe or (context.reach == 0 and context.length > 1):
        yield _too_short(context, layer, longest)


def _direct_only(context: DiagnosisContext, layer: int) -> Finding:
    unbroken_run = context.amount("gradient_reach", UNBROKEN_RUN, layer, context.directions[0])
    return Finding(
        kind=kinds.DIRECT_ONLY,
        severity="trouble",
        what="Every state gets the gradient that the loss sends it directly, and nothing from the steps "
        "after it: the way from state to state is cut at every step. Whatever happened earlier cannot be "
        "learned.",
        where=context.place(layer),
        amounts=(unbroken_run, context.amount("gradient_reach", STEPS_SEEN, layer, context.directions[0])),
        variables=_SEEN,
        plot=context.plot(_NORMS),
        remedy=Remedy(
            "Hand the state on as it is, without .detach() or .data, and see that its recurrent weight "
            "is not 0.",
            "h = cell(x[:, t], h)  # not h.detach()",
        ),
    )


def _detached(context: DiagnosisContext, layer: int, unbroken_run: Amount) -> Finding:
    return Finding(
        kind=kinds.DETACHED,
        severity=_needed_or_not(context),
        what=f"The gradient goes back {steps(unbroken_run.value)} and then is exactly zero: the state is "
        f"detached there (truncated backpropagation). {_against(context)}",
        where=context.place(layer),
        amounts=(unbroken_run,),
        variables=_SEEN,
        plot=context.plot(_NORMS),
        remedy=_longer_pieces(context),
    )


def _too_short(context: DiagnosisContext, layer: int, unbroken_run: Amount) -> Finding:
    """The gradient reaches the far end of every sequence, but that is not far."""
    begins_early = context.reach < context.length - 1
    why = (
        f"although the sequences have {context.length} steps: the loss reads an early one"
        if begins_early
        else f"since the sequences have no more than {context.length} step{'s' * (context.length > 1)}"
    )
    return Finding(
        kind=kinds.DETACHED,
        severity=_needed_or_not(context),
        what=f"The gradient goes back {steps(unbroken_run.value)}, {why}. {_against(context)}",
        where=context.place(layer),
        amounts=(unbroken_run, context.amount("gradient_reach", LENGTH, layer, context.directions[0])),
        variables=_SEEN,
        plot=context.plot(_NORMS),
        remedy=Remedy(
            "Let the loss read the output at the last time step of each sequence.",
            "loss = loss_fn(output[:, -1], y)  # (batch, time, features)",
        )
        if begins_early
        else _longer_pieces(context),
    )


def _needed_or_not(context: DiagnosisContext) -> Severity:
    return "warning" if context.asked_lag is None or context.is_short_probe else "trouble"


def _against(context: DiagnosisContext) -> str:
    if context.asked_lag is None:
        return "If the task needs more than that, it cannot learn it."
    if context.is_short_probe:
        return f"For a lag of {context.asked_lag} the probe has to be longer."
    return f"The task needs {context.asked_lag}, so it cannot learn it from the gradient."


def _longer_pieces(context: DiagnosisContext) -> Remedy:
    piece = (context.asked_lag or context.length) + 1
    if context.is_short_probe:
        return Remedy("Probe with longer sequences.", f"gv.probe(model, length={piece})")
    return Remedy(
        f"Train on sequences, or pieces if they are cut into some, of at least {piece} steps, and do not "
        "detach the state within one.",
        f"for piece in x.split({piece}, dim=1): ...  # and state.detach() only between the pieces",
    )


def _piece_by_piece(context: DiagnosisContext, layer: int, unbroken_run: Amount) -> Finding:
    return Finding(
        kind=kinds.PIECE_BY_PIECE,
        severity="note" if context.is_long_enough else "warning",
        what=f"The layer is called {context.calls} times in a training step, with {steps(context.length)} "
        "each time. Whether the state is handed on from call to call, with its gradient, a recording "
        "does not tell: what is said here is of the last call alone.",
        where=context.place(layer),
        amounts=(unbroken_run,),
        variables=_SEEN,
        plot="",
        remedy=Remedy(
            "Hand the whole sequence to one call, or use the cell (nn.LSTMCell) in the loop, which is "
            "recorded as a whole.",
            "output, state = model.layer(x, state)  # all time steps at once",
        ),
    )


def reads_padding(context: DiagnosisContext) -> Iterator[Finding]:
    """Of sequences of different length the loss sees the longest only."""
    if not context.has_direct or context.sees_many_steps:
        return
    layer, direction = context.layers[-1], context.directions[0]
    lengths = context.lengths
    seen = context.seen_sequences(layer, direction)
    longest = lengths == lengths.max()
    if longest.all() or not (seen == longest).all():
        return
    yield Finding(
        kind=kinds.READS_PADDING,
        severity="trouble",
        what="The sequences have different lengths, and the loss sees the longest only: the others are "
        "read at the last step of the padded batch, where they have ended and the output is zero. From "
        "them nothing is learned.",
        where=context.place(layer),
        amounts=(context.amount("gradient_reach", SEQUENCES_SEEN, layer, direction),),
        variables=_SEEN,
        plot=context.plot("gradient_heatmap"),
        remedy=Remedy(
            "Read the state in which each sequence ends.",
            "last = h_n[-1]  # or output[torch.arange(len(lengths)), lengths - 1]; not output[:, -1]",
        ),
    )


def _reverse_unused(context: DiagnosisContext, unbroken_runs: dict[str, float]) -> Iterator[Finding]:
    if unbroken_runs.get(REVERSE) != 0 or not any(
        unbroken_run > 0 for unbroken_run in unbroken_runs.values()
    ):
        return
    layer = context.layers[-1]
    yield Finding(
        kind=kinds.REVERSE_UNUSED,
        severity="warning",
        what="The reverse direction is read where it begins, at the last time step, when it has seen one "
        "step only: output[:, -1] holds the end of the forward direction but the beginning of the "
        "reverse one.",
        where=context.place(layer, REVERSE),
        amounts=(context.amount("gradient_reach", UNBROKEN_RUN, layer, REVERSE),),
        variables=_SEEN,
        plot=context.plot("gradient_norms", "direction='reverse'"),
        remedy=Remedy(
            "Read the state in which each direction ends.",
            "last = torch.cat([h_n[-2], h_n[-1]], dim=-1)  # not output[:, -1]",
        ),
    )


def _most(context: DiagnosisContext, variable: str) -> float:
    return largest(
        context.amount("gradient_reach", variable, layer, direction)
        for layer in context.layers
        for direction in context.directions
    ).value
