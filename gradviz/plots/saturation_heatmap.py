"""How much of a gate is saturated, from the first training step to the last."""

from __future__ import annotations

import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.image import PcolorImage

from gradviz.arguments import check_one_of
from gradviz.plots.drawing.canvas import axes_or_new
from gradviz.plots.drawing.fraction_mesh import draw_fraction_bar, draw_fraction_mesh
from gradviz.plots.drawing.gate_title import gate_title
from gradviz.plots.drawing.gradient_grid import long_name
from gradviz.plots.drawing.palette import gate_map
from gradviz.plots.drawing.recorded_step import at_gate
from gradviz.recording.tree import check_variable, select_module, select_series
from gradviz.vocabulary import GATE, GATE_LEFT, GATE_RIGHT, STEP, TIME, UNIT, UNIT_LEFT, UNIT_RIGHT

_VARIABLES = {TIME: (GATE_LEFT, GATE_RIGHT), UNIT: (UNIT_LEFT, UNIT_RIGHT)}
_SIDES = ("left", "right", "both")


def plot_saturation_heatmap(
    data: xr.Dataset | xr.DataTree,
    *,
    ax: Axes | None = None,
    gate: str | None = None,
    side: str = "both",
    over: str = TIME,
    module: str | None = None,
    layer: int | None = None,
) -> Axes:
    """Fraction of a gate that is saturated over training step (right) and time step or unit (up).

    Parameters
    ----------
    data : Dataset or DataTree
        Has ``gate_left`` and ``gate_right``, dims (step, layer, direction, time, gate), or ``unit_left``
        and ``unit_right``, dims (step, layer, direction, gate, unit), in [0, 1]. Of a module called several
        times in a step, one call: ``data.sel(call=0)``.
    ax : Axes, optional
    gate : str, optional
        By default the one that keeps the memory: forget (LSTM), update (GRU), hidden (RNN).
    side : {"both", "left", "right"}
        Shut, open, or the sum of the two.
    over : {"time", "unit"}
        What goes up.
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
        If the gates were not recorded, there is no such gate, side, dim, module or layer, or several calls.
    """
    check_one_of("dim", over, _VARIABLES)
    chosen = at_gate(select_series(select_module(data, module=module), layer=layer), gate)
    fraction = saturated_fraction(chosen, side=side, over=over)
    ax = axes_or_new(ax)
    mesh = draw_saturation(ax, fraction)
    draw_fraction_bar(mesh, [ax], label=fraction.attrs["long_name"])
    name = str(fraction[GATE].values) if GATE in fraction.coords else ""
    ax.set_title(gate_title(name, fraction=fraction.values))
    return ax


def draw_saturation(ax: Axes, fraction: xr.DataArray) -> PcolorImage:
    """Draw what `saturated_fraction` gave, without colour bar and title."""
    mesh = draw_fraction_mesh(ax, fraction, gate_map(), Normalize(0, 1))
    ax.set_xlabel(long_name(fraction, STEP))
    ax.set_ylabel(long_name(fraction, str(fraction.dims[0])))
    return mesh


def saturated_fraction(chosen: xr.Dataset, *, side: str = "both", over: str = TIME) -> xr.DataArray:
    """The fraction of one gate that is saturated.

    Parameters
    ----------
    chosen : Dataset
        One gate of one layer and direction.
    side : {"both", "left", "right"}
    over : {"time", "unit"}

    Returns
    -------
    DataArray, dims (over, step)
        In [0, 1].

    Raises
    ------
    UnknownName
        For another side.
    BadRecording
        If the gates were not recorded.
    """
    check_one_of("side", side, _SIDES)
    left, right = (check_variable(chosen, name) for name in _VARIABLES[over])
    if side == "both":
        whole = "activations" if over == TIME else "time"
        fraction = (left + right).assign_attrs(
            long_name=f"saturated fraction of {whole}, left or right", units="1"
        )
    else:
        fraction = left if side == "left" else right
    return fraction.transpose(over, STEP)
