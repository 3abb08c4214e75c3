"""What a diagnosis has looked at, what it could not see, and the line of code that would let it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import xarray as xr

from gradviz.diagnosis.context import DiagnosisContext
from gradviz.diagnosis.paths import Path
from gradviz.diagnosis.plural import counted
from gradviz.diagnosis.thresholds import MIN_LOSSES
from gradviz.vocabulary import (
    GATE_LEFT,
    GRAD_NORM,
    INPUT_NORM,
    LOG10_GRAD_H_DIRECT,
    LOSS,
    OUTPUT_SPREAD,
    PROBE_INPUT,
    PROBE_KIND,
    PROBE_RANDOM,
    SOFTMAX_BEFORE_LOG_SOFTMAX,
    TARGET_BROADCAST,
    UPDATE_RATIO,
)


class Unseen(NamedTuple):
    """Something that the recording does not show.

    Attributes
    ----------
    what : str
    code : str
        The line that would show it; empty if there is none.
    """

    what: str
    code: str


class Coverage(NamedTuple):
    """What was looked at, and what could not be.

    Attributes
    ----------
    checked : tuple of str
    unseen : tuple of Unseen
    """

    checked: tuple[str, ...] = ()
    unseen: tuple[Unseen, ...] = ()


def coverage(
    recording: xr.DataTree, contexts: Sequence[DiagnosisContext], ways: Sequence[Path], steps: int
) -> Coverage:
    """What was looked at in a recording, and what could not be.

    Parameters
    ----------
    recording : DataTree
    contexts : sequence of DiagnosisContext
        Of the modules that were judged.
    ways : sequence of Path
    steps : int
        How many training steps can be judged.

    Returns
    -------
    Coverage
    """
    return Coverage(
        tuple(_checked(recording, contexts, ways)), tuple(_unseen(recording, contexts, ways, steps))
    )


def _checked(
    recording: xr.DataTree, contexts: Sequence[DiagnosisContext], ways: Sequence[Path]
) -> Iterator[str]:
    for way in ways:
        if way.lost is not None:
            lost = "all" if np.isinf(way.lost.value) else f"{way.lost.value:.1f} decades"
            change = f"loses {lost}" if way.lost.value >= 0 else f"gains {-way.lost.value:.1f} decades"
            yield f"the gradient over {counted(way.lag, 'time step')}: {' and '.join(way.modules)} {change}"
    if any(context.has_variables(LOG10_GRAD_H_DIRECT) for context in contexts):
        yield "which layers, directions and sequences the loss reads, and where a state is cut off"
    if any(context.has_variables(GATE_LEFT) for context in contexts):
        yield "gates and states"
    if any(context.has_variables(INPUT_NORM) for context in contexts):
        yield "the size of the input and how it changes"
    if _tells(contexts, SOFTMAX_BEFORE_LOG_SOFTMAX) or _tells(contexts, TARGET_BROADCAST):
        yield "the loss function"
    if LOSS in recording.data_vars:
        yield f"the loss at {counted(int(recording[LOSS].notnull().sum()), 'training step')}"
    if _has_any(recording, UPDATE_RATIO):
        yield "the optimizer's updates"
    if _has_any(recording, OUTPUT_SPREAD):
        yield "the spread of output and target over the batch"


def _unseen(
    recording: xr.DataTree, contexts: Sequence[DiagnosisContext], ways: Sequence[Path], steps: int
) -> Iterator[Unseen]:
    if not contexts:
        return
    required = contexts[0].required_lag
    if required is None:
        yield Unseen(
            "the lag of the task, so that what is lost over it is not judged", "gv.diagnose(tree, lag=N)"
        )
    unjudged = [way for way in ways if way.lost is None and way.lag > 0]
    if unjudged and not any(way.carries for way in ways):
        names = " and ".join(module for way in unjudged for module in way.modules)
        yield Unseen(
            f"how far {names} remembers: the loss reads too many time steps for that",
            f"gv.diagnose(gv.probe(model), lag={required or 'N'})",
        )
    if PROBE_INPUT in recording.attrs:
        random = recording.attrs.get(PROBE_KIND) == PROBE_RANDOM
        yield Unseen(
            "the training, its loss and its optimizer"
            + (", and the data: the input was random" if random else ""),
            "with gv.record(model, optimizer=optimizer) as tape: ...  # around the training loop",
        )
        return
    if steps == 1:
        yield Unseen(
            "what happens in the course of the training: one step was recorded",
            "with gv.record(model, every=20) as tape: ...  # around the loop, tape.step(loss) in it",
        )
    if LOSS not in recording.data_vars:
        yield Unseen("whether the loss falls", "tape.step(loss)")
    elif 1 < (count := int(recording[LOSS].notnull().sum())) < MIN_LOSSES:
        yield Unseen(
            f"whether the loss falls: that takes the losses of {MIN_LOSSES} training steps, and there are "
            f"{count}",
            "",
        )
    if not _has_any(recording, UPDATE_RATIO):
        what = "a learning rate that is too high or too low, a missing zero_grad"
        clipped = "" if _has_any(recording, GRAD_NORM) else ", clipping"
        yield Unseen(what + clipped, "gv.record(model, optimizer=optimizer)")
    if not _has_any(recording, OUTPUT_SPREAD):
        yield Unseen(
            "whether the model predicts the mean, or the labels are constant",
            "tape.step(loss, output=output, target=target)",
        )
    if any(context.has_gradients for context in contexts):
        yield Unseen(
            "whether a state that starts anew at each training step should have been handed on: independent "
            "batches look the same",
            "",
        )


def _tells(contexts: Sequence[DiagnosisContext], name: str) -> bool:
    return any(name in c.dataset and bool(c.dataset[name].notnull().any()) for c in contexts)


def _has_any(recording: xr.DataTree, name: str) -> bool:
    return name in recording.data_vars and bool(recording[name].notnull().any())
