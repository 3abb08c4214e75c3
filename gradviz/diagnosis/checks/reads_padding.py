"""A loss that reads the padding of short sequences."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gradviz.diagnosis import kinds
from gradviz.diagnosis.context import DiagnosisContext
from gradviz.diagnosis.finding import Finding, Remedy
from gradviz.diagnosis.last_states import last_states
from gradviz.measures.gradient_reach import SEQUENCES_SEEN
from gradviz.vocabulary import DIRECTION, LAYER, LOG10_GRAD_H, LOG10_GRAD_H_DIRECT, STEP, TIME

_READ_AT_PADDING = (
    "The others are read at the last step of the padded batch, after they have ended, where the output is "
    "zero."
)
_LEFT_BEHIND = "The last states of the others, which end earlier in the loop, do not enter the loss."


def reads_padding(context: DiagnosisContext) -> Iterator[Finding]:
    """Among sequences of different lengths, only the longest receive gradient from the loss."""
    if not context.has_direct or context.has_loss_on_most_steps:
        return
    layer, direction = context.layers[-1], context.directions[0]
    if not _reads_only_the_longest(context, context.read_by_loss(layer, direction)):
        return
    yield Finding(
        kind=kinds.READS_PADDING,
        severity="trouble",
        what="The sequences have different lengths, and the loss reads only the longest. "
        + (_LEFT_BEHIND if context.is_cell else _READ_AT_PADDING)
        + " Nothing is learned from them.",
        where=context.place(layer),
        amounts=(context.amount("gradient_reach", SEQUENCES_SEEN, layer, direction),),
        variables=(LOG10_GRAD_H_DIRECT, LOG10_GRAD_H),
        plot=context.plot("gradient_heatmap"),
        remedy=Remedy("Read the state at the end of each sequence.", last_states(context)),
    )


def _reads_only_the_longest(context: DiagnosisContext, read: np.ndarray) -> bool:
    """Whether the loss reads the longest sequences and no others, in every call that has shorter ones."""
    lengths, found = _lengths(context), False
    for of_call in context.sequences_of_calls:
        longest = lengths[of_call] == lengths[of_call].max()
        if longest.all() or not read[of_call].any():
            continue
        if (read[of_call] != longest).any():
            return False
        found = True
    return found


def _lengths(context: DiagnosisContext) -> np.ndarray:
    """Time steps of every recorded sequence, shape (sample,)."""
    norms = context.passing.isel({STEP: 0, LAYER: 0, DIRECTION: 0})
    return np.asarray(norms.notnull().sum(TIME).values)
