"""How much of a gate is saturated, from the first training step to the last."""

from __future__ import annotations

import xarray as xr
from matplotlib.axes import Axes

from gradviz.errors import unknown_name
from gradviz.plots.drawing.canvas import axes_or_new
from gradviz.plots.drawing.fraction_mesh import draw_fraction_bar, draw_saturation
from gradviz.plots.drawing.gate_title import gate_title
from gradviz.plots.drawing.recorded_step import at_gate
from gradviz.plots.drawing.saturated_fraction import RECORDED_OVER, saturated_fraction
from gradviz.recording.tree import select_module, select_series
from gradviz.vocabulary import GATE, TIME


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
    if over not in RECORDED_OVER:
        raise unknown_name("dim", over, RECORDED_OVER)
    chosen = at_gate(select_series(select_module(data, module=module), layer=layer), gate)
    fraction = saturated_fraction(chosen, side=side, over=over)
    ax = axes_or_new(ax)
    mesh = draw_saturation(ax, fraction)
    draw_fraction_bar(mesh, [ax], label=fraction.attrs["long_name"])
    name = str(fraction[GATE].values) if GATE in fraction.coords else ""
    ax.set_title(gate_title(name, fraction=fraction.values))
    return ax
