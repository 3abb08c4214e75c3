"""Sequences that seem to be padded, and are read at the end of their padding."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gradviz.diagnosis import kinds
from gradviz.diagnosis.context import DiagnosisContext
from gradviz.diagnosis.finding import Finding, Remedy
from gradviz.diagnosis.learning import has_learned
from gradviz.diagnosis.thresholds import LONG_TAIL, VANISHING
from gradviz.measures.constant_tail import LONGEST, MEDIAN, SHORTEST, tails_of_sequences
from gradviz.vocabulary import (
    DIRECTION,
    FORWARD,
    INPUT_CHANGE,
    INPUT_NORM,
    LAYER,
    LOG10_GRAD_H_DIRECT,
    SAMPLE,
    STEP,
    TIME,
)


def padding_not_packed(context: DiagnosisContext) -> Iterator[Finding]:
    """The input ends in a constant of another length in each sequence, and the loss reads its last step."""
    if not context.has_direct or not context.has_variables(INPUT_CHANGE, INPUT_NORM):
        return
    if not _is_padded(context) or not _is_read_at_the_end(context) or has_learned(context.recording):
        return
    tails = [context.amount("constant_tail", name) for name in (MEDIAN, SHORTEST, LONGEST)]
    _, shortest, longest = (tail.value for tail in tails)
    if context.required_lag is not None and context.required_lag >= longest - 1:
        return  # a silence of this length belongs to the task
    lost = context.gradient_lost
    is_far = lost is not None and lost.value >= VANISHING["warning"]
    yield Finding(
        kind=kinds.NOT_PACKED,
        severity="warning" if is_far else "note",
        what=f"The sequences are all {context.length} time steps long, but the input does not change in "
        f"the last {shortest:.0f} to {longest:.0f} of them, and has the same size there in all sequences, as "
        "padding has. The loss reads the last step, so what was read must be remembered over the padding. If "
        "this silence is no padding but belongs to the task, it must be: the recording cannot tell.",
        where=context.place(),
        amounts=(*tails, *(() if lost is None else (lost,))),
        variables=(INPUT_CHANGE, INPUT_NORM, LOG10_GRAD_H_DIRECT),
        plot=context.plot("gradient_heatmap"),
        remedy=Remedy(
            "Read the state at the true end of each sequence: pack the batch, or pick the output there.",
            "last = output[torch.arange(len(lengths)), lengths - 1]  # output: (batch, time, hidden_size)",
        ),
    )


def _is_padded(context: DiagnosisContext) -> bool:
    """Whether the constant ends differ in length, are long in most sequences, and all have one value."""
    dataset = context.dataset[[INPUT_CHANGE, INPUT_NORM]].isel({STEP: 0})
    tails = tails_of_sequences(dataset).values
    is_known = ~np.isnan(tails)
    known, sizes = tails[is_known], dataset.variables[INPUT_NORM].transpose(TIME, SAMPLE).values
    lengths = (~np.isnan(sizes)).sum(0)[is_known]
    if len(known) < 2 or len(set(lengths.tolist())) > 1 or len(set(known.tolist())) < 2:
        return False
    is_long = known >= max(LONG_TAIL * context.length, 3)
    norms = sizes[context.length - 1][is_known][is_long]
    return bool(is_long.mean() >= 0.5 and (norms == norms[0]).all() and known.max() < context.length)


def _is_read_at_the_end(context: DiagnosisContext) -> bool:
    """Whether the loss reads the last step of every sequence, and no other."""
    direct = context.dataset[LOG10_GRAD_H_DIRECT].isel({STEP: 0})
    of_layer = direct.sel({LAYER: context.layers[-1], DIRECTION: FORWARD}).transpose(TIME, SAMPLE)
    read = of_layer.values[: context.length] > -np.inf
    return bool(read[-1].any() and not read[:-1].any())
