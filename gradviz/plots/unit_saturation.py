"""Which units of a gate are saturated when, at one training step."""

from __future__ import annotations

import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import Normalize

from gradviz.arguments import check_one_of
from gradviz.plots.drawing.canvas import axes_or_new
from gradviz.plots.drawing.fraction_mesh import draw_fraction_bar, draw_fraction_mesh
from gradviz.plots.drawing.gate_title import gate_title
from gradviz.plots.drawing.gradient_grid import long_name
from gradviz.plots.drawing.palette import gate_map
from gradviz.plots.drawing.recorded_step import at_gate, at_step
from gradviz.recording.tree import check_variable, select_module, select_series
from gradviz.vocabulary import (
    CELL,
    CELLS,
    GATE,
    GATES,
    SAMPLE,
    SQUASH,
    STEP,
    TIME,
    UNIT,
)

_SIDES = {"both": "saturated", "left": "left-saturated", "right": "right-saturated"}


def plot_unit_saturation(
    data: xr.Dataset | xr.DataTree,
    *,
    ax: Axes | None = None,
    gate: str | None = None,
    side: str = "both",
    step: int | None = None,
    module: str | None = None,
    layer: int | None = None,
) -> Axes:
    """Fraction of sequences in which a gate is saturated, over time (right) and hidden unit (up).

    Parameters
    ----------
    data : Dataset or DataTree
        Recorded with ``detail="full"``: has ``gates``, dims (step, layer, direction, time, sample, gate,
        unit). What ``units_by_time_constant`` gave is drawn in its order; ``data.sel(call=0)`` is one call of
        a module called several times in a step.
    ax : Axes, optional
    gate : str, optional
        By default the one that keeps the memory: forget (LSTM), update (GRU), hidden (RNN).
    side : {"both", "left", "right"}
        Shut, open, or the sum of the two.
    step : int, optional
        Recorded training step; by default the last.
    module : str, optional
        Needed where a tree holds several modules.
    layer : int, optional
        By default the last.

    Returns
    -------
    Axes
        Light is saturated; the scale is always 0 to 1. The title says where hardly anything is
        saturated and all is dark.

    Raises
    ------
    BadRecording, UnknownName
        If gates were not recorded (``detail="full"`` does), or there is no such gate, side, step, module or
        layer, or several calls.
    """
    check_one_of("side", side, _SIDES)
    series = select_series(select_module(data, module=module), layer=layer)
    check_variable(series, GATES)
    gates = check_variable(at_gate(at_step(series, step), gate), GATES)
    name = str(gates[GATE].values)
    fraction = saturated(gates, *thresholds(str(series.attrs[CELL]), name), side=side)
    ax = axes_or_new(ax)
    mesh = draw_fraction_mesh(ax, fraction, gate_map(), Normalize(0, 1))
    draw_fraction_bar(mesh, [ax], label=f"fraction of sequences that are {_SIDES[side]}")
    ax.set_xlabel(long_name(fraction, TIME))
    ax.set_ylabel(long_name(fraction, UNIT))
    ax.set_title(gate_title(name, f"at training step {int(gates[STEP])}", fraction=fraction.values))
    return ax


def thresholds(cell: str, gate: str) -> tuple[float, float]:
    """At or beyond which activations a gate is left- and right-saturated; a relu only at 0, and left."""
    squash = SQUASH[CELLS[cell].squash[gate]]
    return squash.low, squash.high


def saturated(gates: xr.DataArray, low: float, high: float, *, side: str) -> xr.DataArray:
    """Fraction of sequences beyond the thresholds.

    Parameters
    ----------
    gates : DataArray, dims (time, sample, unit)
        NaN where a sequence is over, which does not count.
    low, high : float
    side : {"both", "left", "right"}

    Returns
    -------
    DataArray, dims (unit, time)
        In [0, 1]; NaN where every sequence is over.
    """
    beyond = {"left": gates <= low, "right": gates >= high}
    beyond["both"] = beyond["left"] | beyond["right"]
    return beyond[side].where(gates.notnull()).mean(SAMPLE).transpose(UNIT, TIME)
