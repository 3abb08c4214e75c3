"""Whether the input says anything, and whether its axes look like time and batch."""

from __future__ import annotations

from collections.abc import Iterator

from gradviz.diagnosis import kinds
from gradviz.diagnosis.context import Subject, has
from gradviz.diagnosis.finding import Finding, Remedy
from gradviz.diagnosis.remedies import other_layout
from gradviz.diagnosis.thresholds import RESTLESS
from gradviz.measures.gradient_reach import LENGTH
from gradviz.measures.input_variation import CHANGE, LARGEST_CHANGE, LARGEST_SPREAD, SPREAD
from gradviz.vocabulary import INPUT_CHANGE, INPUT_SPREAD, LOG10_GRAD_H


def constant_input(subject: Subject) -> Iterator[Finding]:
    """The input is the same at every time step."""
    if not has(subject, INPUT_CHANGE) or subject.length < 2:
        return
    change = subject.amount("input_variation", LARGEST_CHANGE)
    spread = subject.amount("input_variation", LARGEST_SPREAD)
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
        where=subject.place(),
        amounts=(change, spread),
        variables=(INPUT_CHANGE, INPUT_SPREAD),
        plot="",
        remedy=Remedy(
            "Look at what the data loader gives: a batch filled with zeros, a scaling by 0, an index "
            "that never moves.",
            "assert x.std(dim=1).min() > 0  # (batch, time, features)",
        ),
    )


def time_and_batch(subject: Subject) -> Iterator[Finding]:
    """Neighbouring sequences are much more alike than neighbouring time steps."""
    if not has(subject, INPUT_CHANGE, INPUT_SPREAD):
        return
    if subject.length == 1:
        yield from _single_step(subject)
        return
    change = subject.amount("input_variation", CHANGE)
    spread = subject.amount("input_variation", SPREAD)
    if not (spread.value > 0 and change.value >= RESTLESS * spread.value):
        return
    is_first = bool(subject.attributes.get("batch_first"))
    yield Finding(
        kind=kinds.TIME_AND_BATCH,
        severity="warning",
        what=f"From one time step to the next the input changes {change.value / spread.value:.1f} times "
        "as much as from one sequence to its neighbour. Most data are the other way round: the axes of "
        f"time and batch may be swapped (batch_first={is_first}).",
        where=subject.place(),
        amounts=(change, spread),
        variables=(INPUT_CHANGE, INPUT_SPREAD),
        plot="",
        remedy=other_layout(subject),
    )


def _single_step(subject: Subject) -> Iterator[Finding]:
    """A whole batch of sequences of one step, in one call."""
    batch = int(subject.attributes.get("batch_size", 1))
    if batch < 2 or subject.calls > 1 or subject.is_cell:
        return
    is_first = bool(subject.attributes.get("batch_first"))
    yield Finding(
        kind=kinds.TIME_AND_BATCH,
        severity="warning",
        what=f"The layer was given {batch} sequences of a single time step: nothing recurs. If it was "
        f"meant to be one sequence of {batch} steps, the axes of time and batch are swapped "
        f"(batch_first={is_first}).",
        where=subject.place(),
        amounts=(subject.amount("arrival", LENGTH, subject.layers[-1], subject.directions[0]),)
        if subject.has_direct
        else (),
        variables=(LOG10_GRAD_H,),
        plot="",
        remedy=other_layout(subject),
    )
