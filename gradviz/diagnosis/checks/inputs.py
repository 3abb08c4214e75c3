"""Whether the input says anything, and whether its axes look like time and batch."""

from __future__ import annotations

from collections.abc import Iterator

from gradviz.diagnosis import kinds
from gradviz.diagnosis.context import DiagnosisContext, has
from gradviz.diagnosis.finding import Finding, Remedy
from gradviz.diagnosis.remedies import other_layout
from gradviz.diagnosis.thresholds import RESTLESS
from gradviz.measures.gradient_reach import LENGTH
from gradviz.measures.input_variation import CHANGE, LARGEST_CHANGE, LARGEST_SPREAD, SPREAD
from gradviz.vocabulary import BATCH_FIRST, BATCH_SIZE, INPUT_CHANGE, INPUT_SPREAD, LOG10_GRAD_H


def constant_input(context: DiagnosisContext) -> Iterator[Finding]:
    """The input is the same at every time step."""
    if not has(context, INPUT_CHANGE) or context.length < 2:
        return
    change = context.amount("input_variation", LARGEST_CHANGE)
    spread = context.amount("input_variation", LARGEST_SPREAD)
    if change.value != 0:
        return
    same_everywhere = not spread.value > 0  # NaN: there is one sequence only
    where = "at every time step of every sequence" if same_everywhere else "at every time step of a sequence"
    yield Finding(
        kind=kinds.CONSTANT_INPUT,
        severity="trouble" if same_everywhere else "note",
        what=f"The input is the same {where}: "
        + (
            "there is nothing to remember, and the state only drifts to a fixed point."
            if same_everywhere
            else "fine for a decoder that is told one thing, a mistake elsewhere."
        ),
        where=context.place(),
        amounts=(change, spread),
        variables=(INPUT_CHANGE, INPUT_SPREAD),
        plot="",
        remedy=Remedy(
            "Look at what the data loader gives: a batch filled with zeros, a scaling by 0, an index "
            "that never moves.",
            "assert x.std(dim=1).min() > 0  # (batch, time, features)",
        ),
    )


def time_and_batch(context: DiagnosisContext) -> Iterator[Finding]:
    """Neighbouring sequences are much more alike than neighbouring time steps."""
    if not has(context, INPUT_CHANGE, INPUT_SPREAD):
        return
    if context.length == 1:
        yield from _single_step(context)
        return
    change = context.amount("input_variation", CHANGE)
    spread = context.amount("input_variation", SPREAD)
    if not (spread.value > 0 and change.value >= RESTLESS * spread.value):
        return
    is_first = bool(context.attributes.get(BATCH_FIRST))
    yield Finding(
        kind=kinds.TIME_AND_BATCH,
        severity="warning",
        what=f"From one time step to the next the input changes {change.value / spread.value:.1f} times "
        "as much as from one sequence to its neighbour. Most data are the other way round: the axes of "
        f"time and batch may be swapped (batch_first={is_first}).",
        where=context.place(),
        amounts=(change, spread),
        variables=(INPUT_CHANGE, INPUT_SPREAD),
        plot="",
        remedy=other_layout(context),
    )


def _single_step(context: DiagnosisContext) -> Iterator[Finding]:
    """A whole batch of sequences of one step, in one call."""
    batch = int(context.attributes.get(BATCH_SIZE, 1))
    if batch < 2 or context.calls > 1 or context.is_cell:
        return
    is_first = bool(context.attributes.get(BATCH_FIRST))
    yield Finding(
        kind=kinds.TIME_AND_BATCH,
        severity="warning",
        what=f"The layer was given {batch} sequences of a single time step: nothing recurs. If it was "
        f"meant to be one sequence of {batch} steps, the axes of time and batch are swapped "
        f"(batch_first={is_first}).",
        where=context.place(),
        amounts=(context.amount("gradient_reach", LENGTH, context.layers[-1], context.directions[0]),)
        if context.has_direct
        else (),
        variables=(LOG10_GRAD_H,),
        plot="",
        remedy=other_layout(context),
    )
