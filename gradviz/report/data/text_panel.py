"""The characters that a model read, and what may colour them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from gradviz.measures.passing_gradient import passing_gradient
from gradviz.plots.drawing.gate_order import gates_in_order
from gradviz.plots.drawing.text_characters import check_length
from gradviz.report.data.coarsen import MOST_STEPS, at_most, every, fit, note_of
from gradviz.report.data.frames import Frame, quantise
from gradviz.report.data.gate_panel import squash_of
from gradviz.report.data.missing import Missing, or_missing
from gradviz.report.data.panels_of_run import TextData, TextPlace
from gradviz.report.data.place_blocks import Place, places_of
from gradviz.report.data.typed import Typed, labels, single
from gradviz.vocabulary import (
    CUT,
    GATE,
    GATES,
    LOG10_GRAD_H,
    LOG10_GRAD_STATE,
    SAMPLE,
    STEP,
    TEXT,
    TIME,
    UNIT,
    H,
)

_VISIBLE = {" ": "␣", "\n": "⏎", "\t": "⇥"}
_HOW = (
    "no text was read in this recording; record the model while it reads one, with "
    "gv.record(model, detail='full', metadata={'text': ...})"
)
_BESIDE = (LOG10_GRAD_H, LOG10_GRAD_STATE, CUT)


def text_data(tree: xr.DataTree, nbytes: int) -> TextData | Missing:
    """The text of a recording, and what colours it in every place that read it.

    Parameters
    ----------
    tree : DataTree
    nbytes : int
        Characters of base64 that it may take.

    Returns
    -------
    TextData or Missing
        Missing if no text is recorded, or none that has a character for each time step of any module.
    """
    text = tree.attrs.get(TEXT)
    if not isinstance(text, str) or not text:
        return Missing(TEXT, _HOW)
    return or_missing(TEXT, lambda: _text_data(text, places_of(tree), nbytes))


def _text_data(text: str, places: Sequence[Place], nbytes: int) -> TextData:
    reading = [place for place in places if len(place.times) >= len(text)]
    if not reading:
        check_length(text, max((len(place.times) for place in places), default=0))
    share = nbytes // max(len(reading), 1)
    return TextData(
        characters=list(text),
        visible=[_VISIBLE.get(character, character) for character in text],
        places=[_place(place, len(text), share) for place in reading],
    )


def _place(place: Place, length: int, nbytes: int) -> TextPlace:
    gate_count = place.dataset.sizes.get(GATE, 0) if GATES in place.dataset else 0
    sizes = {STEP: len(place.steps), UNIT: len(place.labels(UNIT))}
    strides = fit(sizes, nbytes, each=length * (1 + gate_count))
    steps, units = every(STEP, sizes[STEP], strides[STEP]), every(UNIT, sizes[UNIT], strides[UNIT])
    gradient_steps = at_most(STEP, sizes[STEP], MOST_STEPS)
    names = [str(name) for name in gates_in_order(place.dataset)[GATE].values] if gate_count else []
    return TextPlace(
        module=place.module,
        layer=place.layer,
        direction=place.direction,
        steps=labels(place.steps[steps.kept], STEP),
        units=labels(place.labels(UNIT)[units.kept], UNIT),
        gradient_steps=labels(place.steps[gradient_steps.kept], STEP),
        gradient=or_missing(LOG10_GRAD_H, lambda: _gradient(place, gradient_steps.kept, length)),
        hidden=or_missing(H, lambda: _values(place, H, steps.kept, units.kept, length)),
        gates=or_missing(GATES, lambda: _values(place, GATES, steps.kept, units.kept, length)),
        gate_names=names,
        squash=squash_of(place, names),
        note=note_of("text", [units, steps]),
    )


def _gradient(place: Place, steps: np.ndarray, length: int) -> Typed:
    place.require(LOG10_GRAD_H)
    rows = [
        single(passing_gradient(series).isel({SAMPLE: 0}).transpose(STEP, TIME).values[:, :length])
        for _, series in place.blocks(_BESIDE, steps)
    ]
    return Typed(np.concatenate(rows), (STEP, TIME))


def _values(place: Place, variable: str, steps: np.ndarray, units: np.ndarray, length: int) -> Frame:
    place.require(variable)
    dims = (STEP, GATE, TIME, UNIT) if variable == GATES else (STEP, TIME, UNIT)
    rows = []
    for _, series in place.blocks([variable], steps):
        found = gates_in_order(series[[variable]])[variable].isel({SAMPLE: 0, TIME: slice(length)})
        rows.append(single(found.transpose(*dims).values[..., units]))
    return quantise(np.concatenate(rows), dims)
