"""Units in the order of their time constants."""

from __future__ import annotations

import numpy as np
import xarray as xr

from gradviz.measures.time_constants import TIME_CONSTANT, time_constants
from gradviz.plots.drawing.recorded_step import at_step
from gradviz.recording.any_selection import takes_any_selection
from gradviz.recording.tree import select_module, select_series
from gradviz.vocabulary import DIMENSIONS, GATE, UNIT


@takes_any_selection(GATE, UNIT)
def units_by_time_constant(
    data: xr.Dataset | xr.DataTree,
    *,
    step: int | None = None,
    module: str | None = None,
    layer: int | None = None,
    direction: str | None = None,
    call: int | None = None,
) -> xr.Dataset:
    """One layer of a recording with its units ordered by time constant, shortest first.

    Any plot that shows units can draw the result.

    Parameters
    ----------
    data : Dataset or DataTree
        Has ``unit_mean``, dims (step, layer, direction, gate, unit), of an LSTM or a GRU.
    step : int, optional
        Recorded training step whose time constants set the order; by default the last.
    module : str, optional
        Required if the recording has several modules.
    layer : int, optional
        By default the last.
    direction : {"forward", "reverse"}, optional
        By default forward.
    call : int, optional
        By default the sequences of all calls in a step count together.

    Returns
    -------
    Dataset
        All variables of that layer and direction. ``unit`` is the rank, 0 for the shortest time constant; the
        coordinate ``recorded_unit``, dims (unit,), is the unit's number in the recording.

    Raises
    ------
    BadRecording, UnknownName
        If the cell has no gate that keeps its state, or there is no such step, module, layer, direction or
        call.

    Examples
    --------
    >>> import gradviz as gv
    >>> from torch import nn
    >>> tree = gv.probe(nn.GRU(2, 4, batch_first=True), length=20)
    >>> ordered = gv.units_by_time_constant(tree)
    >>> ordered["unit"].values.tolist(), sorted(ordered["recorded_unit"].values.tolist())
    ([0, 1, 2, 3], [0, 1, 2, 3])
    >>> gv.plot_gate_heatmap(ordered).get_ylabel()
    'hidden unit, by time constant'
    """
    series = select_series(select_module(data, module=module), layer=layer, direction=direction, call=call)
    constants = time_constants(at_step(series, step))[TIME_CONSTANT]
    order = np.argsort(constants.values, kind="stable")
    ordered = series.isel({UNIT: order})
    name = f"{DIMENSIONS[UNIT].long_name}, by time constant"
    rank = (UNIT, np.arange(len(order)), {"long_name": name, "units": "1"})
    return ordered.assign_coords(recorded_unit=(UNIT, ordered[UNIT].values)).assign_coords({UNIT: rank})
