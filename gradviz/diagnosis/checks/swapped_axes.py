"""Time and batch axes that are swapped."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gradviz.diagnosis import kinds
from gradviz.diagnosis.context import DiagnosisContext
from gradviz.diagnosis.finding import Change, Finding, Remedy
from gradviz.diagnosis.thresholds import INPUT_CHANGE_RATIO
from gradviz.measures.gradient_reach import LENGTH, SEQUENCES_SEEN, STEPS_SEEN
from gradviz.measures.input_variation import CHANGE, SPREAD
from gradviz.vocabulary import (
    BATCH_FIRST,
    CONTINUES,
    INPUT_CHANGE,
    INPUT_SPREAD,
    LOG10_GRAD_H,
    LOG10_GRAD_H_DIRECT,
)


def wrong_batch_first(context: DiagnosisContext) -> Iterator[Finding]:
    """One sequence gets all of the gradient, at every time step: its time steps are really the batch."""
    if not context.has_direct or context.length < 2:
        return
    layer, direction = context.layers[-1], context.directions[0]
    seen = context.amount("gradient_reach", SEQUENCES_SEEN, layer, direction)
    steps = context.amount("gradient_reach", STEPS_SEEN, layer, direction)
    read = context.read_by_loss(layer, direction)
    if not _is_one_of_several(context, read) or steps.value < 1:
        return
    is_first, sequences = _is_batch_first(context), len(read)
    layout = "(batch, time, features)" if is_first else "(time, batch, features)"
    yield Finding(
        kind=kinds.WRONG_BATCH_FIRST,
        severity="trouble",
        what=f"The loss reads {read.sum()} of the {sequences} recorded sequences"
        + (", one in each call" if read.sum() > 1 else "")
        + f", at every one of its {context.length} time steps. This is what swapped axes look like. With "
        f"batch_first={is_first} the layer reads its input as {layout}, here {context.batch_size} sequences "
        f"of {context.length} time steps, and the 'last step' that the loss reads is really the last "
        "sequence. The layer runs along the batch, so each example leaks into the next.",
        where=context.place(layer),
        amounts=(seen, steps),
        variables=(LOG10_GRAD_H_DIRECT, LOG10_GRAD_H),
        plot=context.plot("gradient_heatmap"),
        remedy=other_layout(context),
    )


def _is_one_of_several(context: DiagnosisContext, read: np.ndarray) -> bool:
    """Whether the loss reads one of several sequences, in every call that it reads at all."""
    calls = [read[of_call] for of_call in context.sequences_of_calls if read[of_call].any()]
    return bool(calls) and all(len(call) > 1 and call.sum() == 1 for call in calls)


def time_and_batch(context: DiagnosisContext) -> Iterator[Finding]:
    """Neighbouring sequences are much more similar than neighbouring time steps.

    A decoder that reads its own outputs gets nearly the same input in every sequence until it has learned
    something. Its state fixes the batch axis: swapped axes are swapped in the encoder too, and found there.
    """
    if not context.has_variables(INPUT_CHANGE, INPUT_SPREAD) or context.attributes.get(CONTINUES):
        return
    if context.length == 1:
        yield from _single_step(context)
        return
    change = context.amount("input_variation", CHANGE)
    spread = context.amount("input_variation", SPREAD)
    if not (spread.value > 0 and change.value >= INPUT_CHANGE_RATIO * spread.value):
        return
    yield Finding(
        kind=kinds.TIME_AND_BATCH,
        severity="warning",
        what=f"The input changes {change.value / spread.value:.1f} times as much from one time step to the "
        "next as from one sequence to its neighbour. In most data it is the other way round, so the time and "
        f"batch axes may be swapped (batch_first={_is_batch_first(context)}).",
        where=context.place(),
        amounts=(change, spread),
        variables=(INPUT_CHANGE, INPUT_SPREAD),
        plot="",
        remedy=other_layout(context),
    )


def _single_step(context: DiagnosisContext) -> Iterator[Finding]:
    """A whole batch of sequences of one step, in one call."""
    batch = context.batch_size
    if batch < 2 or context.calls > 1 or context.is_cell:
        return
    yield Finding(
        kind=kinds.TIME_AND_BATCH,
        severity="warning",
        what=f"The layer received {batch} sequences of a single time step, so nothing recurs. If the input "
        f"was meant to be one sequence of {batch} time steps, the time and batch axes are swapped "
        f"(batch_first={_is_batch_first(context)}).",
        where=context.place(),
        amounts=(context.amount("gradient_reach", LENGTH, context.layers[-1], context.directions[0]),)
        if context.has_direct
        else (),
        variables=(LOG10_GRAD_H,),
        plot="",
        remedy=other_layout(context),
    )


def other_layout(context: DiagnosisContext) -> Remedy:
    """The remedy that swaps the time and batch axes."""
    if context.is_cell:
        return Remedy(
            "Let the loop that calls the cell run along the time axis.",
            "for x_t in x.unbind(dim=1): ...  # (batch, time, features)",
        )
    return Remedy(
        "Set batch_first to the layout of the data, or transpose the data.",
        f"{context.layer_code}.batch_first = {not _is_batch_first(context)}",
        (Change("set_batch_first", {"module": context.module, "value": not _is_batch_first(context)}),),
    )


def _is_batch_first(context: DiagnosisContext) -> bool:
    return bool(context.attributes.get(BATCH_FIRST))
