"""Units in the order of how long they remember."""

from __future__ import annotations

import numpy as np
import xarray as xr

from gradviz.measures.time_constants import TIME_CONSTANT, time_constants
from gradviz.plots.drawing.recorded_step import at_step
from gradviz.recording.tree import select_module, select_series
from gradviz.vocabulary import DIMENSIONS, UNIT


def units_by_time_constant(
    data: xr.Dataset | xr.DataTree,
    *,
    step: int | None = None,
    module: str | None = None,
    layer: int | None = None,
    direction: str | None = None,
) -> xr.Dataset:
    """One layer of a recording with its units ordered by time constant, for any plot that shows units.

    Parameters
    ----------
    data : Dataset or DataTree
        Has ``unit_mean``, dims (step, layer, direction, gate, unit), of an LSTM or a GRU.
    step : int, optional
        Recorded training step whose time constants count; by default the last.
    module : str, optional
        Needed where a tree holds several modules.
    layer : int, optional
        By default the last.
    direction : {"forward", "reverse"}, optional
        By default forward.

    Returns
    -------
    Dataset
        Of that layer and direction. ``unit`` is the rank, from 0 for the shortest; what the unit was is the
        coordinate ``recorded_unit``, dims (unit,).

    Raises
    ------
    BadRecording, UnknownName
        If the cell has no gate that keeps its state, there is no such step, module, layer or direction, or
        several calls.
    """
    series = select_series(select_module(data, module=module), layer=layer, direction=direction)
    constants = time_constants(at_step(series, step))[TIME_CONSTANT]
    order = np.argsort(constants.values, kind="stable")
    ordered = series.isel({UNIT: order})
    name = f"{DIMENSIONS[UNIT].long_name}, by time constant"
    rank = (UNIT, np.arange(len(order)), {"long_name": name, "units": "1"})
    return ordered.assign_coords(recorded_unit=(UNIT, ordered[UNIT].values)).assign_coords({UNIT: rank})
