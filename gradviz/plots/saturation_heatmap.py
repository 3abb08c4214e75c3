"""How much of a gate is saturated, from the first training step to the last."""

from __future__ import annotations

import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import Normalize

from gradviz.errors import unknown_name
from gradviz.plots.canvas import axes_or_new
from gradviz.plots.gradient_grid import long_name
from gradviz.plots.palette import gate_map
from gradviz.plots.recorded_step import at_gate
from gradviz.plots.share_mesh import draw_share_mesh
from gradviz.recording.tree import require_variable, select_module, select_series
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
        and ``unit_right``, dims (step, layer, direction, gate, unit), in [0, 1].
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
        Light is saturated; the scale is always 0 to 1.

    Raises
    ------
    BadRecording, UnknownName
        If the gates were not recorded, or there is no such gate, side, dim, module or layer.
    """
    if side not in _SIDES:
        raise unknown_name("side", side, _SIDES)
    if over not in _VARIABLES:
        raise unknown_name("dim", over, _VARIABLES)
    series = select_series(select_module(data, module=module), layer=layer)
    share = _share(at_gate(series, gate), side, over).transpose(over, STEP)
    name = str(share[GATE].values) if GATE in share.coords else ""
    ax = axes_or_new(ax)
    draw_share_mesh(ax, share, gate_map(), Normalize(0, 1), label=share.attrs["long_name"])
    ax.set_xlabel(long_name(share, STEP))
    ax.set_ylabel(long_name(share, over))
    ax.set_title(f"{name} gate".strip())
    return ax


def _share(chosen: xr.Dataset, side: str, over: str) -> xr.DataArray:
    left, right = (require_variable(chosen, name) for name in _VARIABLES[over])
    if side == "both":
        whole = "activations" if over == TIME else "time"
        return (left + right).assign_attrs(long_name=f"saturated share of {whole}, left or right", units="1")
    return left if side == "left" else right
