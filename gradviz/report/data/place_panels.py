"""Every panel of one module, layer and direction, within a budget."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from gradviz.cell_descriptions import cell_of
from gradviz.report.data.frames import CODE_MISSING, CODE_ZERO
from gradviz.report.data.gate_panel import gates
from gradviz.report.data.gradient_panel import gradients
from gradviz.report.data.json_size import json_size
from gradviz.report.data.missing import Missing, or_missing
from gradviz.report.data.panels import Gradient, PlaceData
from gradviz.report.data.path_panel import paths
from gradviz.report.data.place_blocks import Place
from gradviz.report.data.run_attributes import whole_number
from gradviz.report.data.typed import labels
from gradviz.report.data.unit_panels import saturation, unit_time_constants
from gradviz.vocabulary import (
    CALL,
    CELL,
    GATES,
    HIDDEN_SIZE,
    LOG10_GRAD_PATH,
    STEP,
    TIME,
    UNIT_LEFT,
    UNIT_MEAN,
)

_MOST_KEPT = 50  # time steps that are never left out


def place_data(place: Place, share: int, informative: Sequence[int] = ()) -> PlaceData:
    """What the panels of a place show.

    Parameters
    ----------
    place : Place
    share : int
        Characters of base64 that it should take. Gradient norms are kept, then come the panels of units and
        of paths, and gates get what is left.
    informative : sequence of int
        Time steps that gradient norms keep in any case, if there are not many.

    Returns
    -------
    PlaceData
    """
    kept = informative if len(informative) <= _MOST_KEPT else ()
    norms = gradients(place, kept)
    marked = _steps_with_marks(place, norms)
    saturated = or_missing(UNIT_LEFT, lambda: saturation(place, share // 8, marked))
    constants = or_missing(UNIT_MEAN, lambda: unit_time_constants(place, share // 16, marked))
    by_path = or_missing(LOG10_GRAD_PATH, lambda: paths(place, share // 6, marked))
    left = max(share - json_size(norms, saturated, constants, by_path), share // 8)
    cell = cell_of(place.dataset.attrs)
    return PlaceData(
        module=place.module,
        layer=place.layer,
        direction=place.direction,
        cell=str(place.dataset.attrs.get(CELL, "")),
        label=cell.label,
        hidden_size=whole_number(place.dataset.attrs.get(HIDDEN_SIZE)),
        calls=place.dataset.sizes.get(CALL, 1),
        steps=labels(place.steps, STEP),
        times=labels(place.times, TIME),
        gradients=norms,
        gates=or_missing(GATES, lambda: gates(place, left, marked)),
        saturation=saturated,
        time_constants=constants,
        paths=by_path,
    )


def _steps_with_marks(place: Place, norms: Mapping[str, Gradient | Missing]) -> list[int]:
    """Positions of the first training step with each mark, and no others."""
    first: set[int] = set()
    for found in norms.values():
        if isinstance(found, Gradient):
            codes = found.frame.codes
            for code in range(CODE_ZERO, CODE_MISSING):
                rows = np.flatnonzero((codes == code).any(axis=1))
                first.update(found.steps.values[rows[:1]].tolist())
    return np.flatnonzero(np.isin(place.steps, sorted(first))).tolist()
