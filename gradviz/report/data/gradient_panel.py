"""Gradient norms over training step and time step: exact for the line, quantised for the heatmap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np

from gradviz.cell_descriptions import cell_of
from gradviz.plots.drawing.gradient_grid import gradient_grid
from gradviz.plots.drawing.marks import MISSING
from gradviz.report.data.coarsen import MOST_STEPS, MOST_TIMES, at_most, note_of
from gradviz.report.data.frames import LOG10, quantise
from gradviz.report.data.missing import Missing, or_missing
from gradviz.report.data.panels import Gradient
from gradviz.report.data.place_blocks import Place
from gradviz.report.data.typed import Typed, labels, single
from gradviz.vocabulary import (
    CUT,
    LOG10_GRAD_C,
    LOG10_GRAD_H,
    LOG10_GRAD_H_DIRECT,
    LOG10_GRAD_STATE,
    STEP,
    TIME,
    UNDERFLOW,
    VARIABLES,
)

NAMES = {
    LOG10_GRAD_H: "total gradient",
    LOG10_GRAD_H_DIRECT: "direct gradient",
    LOG10_GRAD_C: "cell-state gradient",
}
"""The gradients of a page, and what its notes call them."""

_BESIDE = (LOG10_GRAD_H, LOG10_GRAD_STATE, CUT, UNDERFLOW)  # tell what passes where an output was thrown away


def gradients(place: Place, informative: Sequence[int] = ()) -> Mapping[str, Gradient | Missing]:
    """The gradients of a place, by variable.

    Parameters
    ----------
    place : Place
    informative : sequence of int
        Time steps that are never left out.

    Returns
    -------
    mapping of str to Gradient or Missing
        Without the cell-state gradient if the cell has no cell state.
    """
    has_cell_state = cell_of(place.dataset.attrs).has_cell_state or LOG10_GRAD_C in place.dataset
    wanted = [name for name in NAMES if name != LOG10_GRAD_C or has_cell_state]
    return {name: or_missing(name, partial(gradient, place, name, informative)) for name in wanted}


def gradient(place: Place, variable: str, informative: Sequence[int] = ()) -> Gradient:
    """One gradient, as the heatmap draws it: the mean over sequences, in decades.

    Parameters
    ----------
    place : Place
    variable : str
    informative : sequence of int

    Returns
    -------
    Gradient

    Raises
    ------
    BadRecording
        If it was not recorded.
    """
    place.require(variable)
    times = at_most(TIME, len(place.times), MOST_TIMES, np.flatnonzero(np.isin(place.times, informative)))
    every = np.arange(len(place.steps))
    wanted = set(at_most(STEP, len(every), MOST_STEPS).kept.tolist())
    rows: list[tuple[int, np.ndarray, np.ndarray]] = []
    seen: set[str] = set()
    label = ""
    for within, series in place.blocks((variable, *_BESIDE), every):
        grid = gradient_grid(series, variable)
        label = max(label, grid.label, key=len)
        for column, step in enumerate(within.tolist()):
            new = {name for name, mask in grid.marks.items() if mask[:, column].any()} - seen - {MISSING}
            seen |= new
            if step in wanted or new:  # the first step with a mark stays
                values, lost = grid.log10[:, column], grid.marks["underflow"][:, column]
                rows.append((step, single(values[times.kept]), lost[times.kept]))
    steps = at_most(STEP, len(every), MOST_STEPS, [step for step, _, _ in rows])
    values = np.stack([row for _, row, _ in rows])
    lost = np.stack([row for _, _, row in rows])
    return Gradient(
        variable=variable,
        long_name=" ".join(label.rpartition("\n")[0].split()) or VARIABLES[variable].long_name,
        units=VARIABLES[variable].units,
        steps=labels(place.steps[steps.kept], STEP),
        times=labels(place.times[times.kept], TIME),
        values=Typed(values, (STEP, TIME)),
        frame=quantise(values, (STEP, TIME), scale=LOG10, underflow=lost),
        note=note_of(NAMES[variable], [steps, times]),
    )
