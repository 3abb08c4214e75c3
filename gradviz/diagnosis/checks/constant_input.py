"""An input that never changes."""

from __future__ import annotations

from collections.abc import Iterator

from gradviz.diagnosis import kinds
from gradviz.diagnosis.context import DiagnosisContext
from gradviz.diagnosis.finding import Finding, Remedy
from gradviz.measures.input_variation import LARGEST_CHANGE, LARGEST_SPREAD
from gradviz.vocabulary import INPUT_CHANGE, INPUT_SPREAD


def constant_input(context: DiagnosisContext) -> Iterator[Finding]:
    """The input is the same at every time step."""
    if not context.has_variables(INPUT_CHANGE) or context.length < 2:
        return
    change = context.amount("input_variation", LARGEST_CHANGE)
    spread = context.amount("input_variation", LARGEST_SPREAD)
    if change.value != 0:
        return
    same_everywhere = not spread.value > 0  # NaN: there is one sequence only
    yield Finding(
        kind=kinds.CONSTANT_INPUT,
        severity="trouble" if same_everywhere else "note",
        what="The input is the same at every time step of every sequence. There is nothing to remember, and "
        "the state only drifts to a fixed point."
        if same_everywhere
        else "Within each sequence, the input is the same at every time step. This is normal for a decoder "
        "with one fixed input, and a mistake elsewhere.",
        where=context.place(),
        amounts=(change, spread),
        variables=(INPUT_CHANGE, INPUT_SPREAD),
        plot="",
        remedy=Remedy(
            "Check what the data loader returns. Typical mistakes are a batch of zeros, a scaling by 0, or "
            "an index that does not advance.",
            "assert x.std(dim=1).min() > 0  # (batch, time, features)",
        ),
    )
