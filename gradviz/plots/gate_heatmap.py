"""What every unit of a gate did at every time step."""

from __future__ import annotations

import xarray as xr
from matplotlib.axes import Axes

from gradviz.plots.drawing.canvas import axes_or_new
from gradviz.plots.drawing.dim_labels import long_name
from gradviz.plots.drawing.fraction_mesh import draw_fraction_bar, draw_fraction_mesh
from gradviz.plots.drawing.gate_scale import gate_scale
from gradviz.plots.drawing.gate_title import gate_title
from gradviz.plots.drawing.recorded_step import at_gate, at_sample, one_step
from gradviz.recording.tree import check_variable
from gradviz.vocabulary import CELL, GATE, GATES, SAMPLE, STEP, TIME, UNIT


def plot_gate_heatmap(
    data: xr.Dataset | xr.DataTree,
    *,
    ax: Axes | None = None,
    gate: str | None = None,
    step: int | None = None,
    sample: int | None = None,
    module: str | None = None,
    layer: int | None = None,
) -> Axes:
    """Activation of one gate over time (right) and hidden unit (up), for one sequence.

    Parameters
    ----------
    data : Dataset or DataTree
        Recorded with ``detail="full"``: has ``gates``, dims (step, layer, direction, time, sample, gate,
        unit). What ``units_by_time_constant`` gave is drawn in its order. Of a bidirectional module the
        forward direction is drawn; ``data.sel(direction="reverse")`` chooses the other; ``data.sel(call=0)``
        one call of a module called several times in a step.
    ax : Axes, optional
    gate : str, optional
        By default the one that keeps the memory: forget (LSTM), update (GRU), hidden (RNN).
    step : int, optional
        Recorded training step; by default the last.
    sample : int, optional
        Index in the batch of a recorded sequence; by default the first.
    module : str, optional
        Needed where a tree holds several modules.
    layer : int, optional
        By default the last.

    Returns
    -------
    Axes
        Sigmoid gates from 0 to 1 (dark is shut); tanh activations diverge around 0. `label_characters`
        writes a text along its time axis.

    Raises
    ------
    BadRecording, UnknownName
        If gates were not recorded (``detail="full"`` does), or there is no such gate, step, sequence, module
        or layer, or several calls.
    """
    series = one_step(data, step, module=module, layer=layer)
    check_variable(series, GATES)
    chosen = at_gate(at_sample(series, sample), gate)
    gates = check_variable(chosen, GATES).transpose(UNIT, TIME)
    name = str(gates[GATE].values)
    colours, norm = gate_scale(str(series.attrs.get(CELL, "")), name, gates.values)
    ax = axes_or_new(ax)
    mesh = draw_fraction_mesh(ax, gates, colours, norm)
    draw_fraction_bar(mesh, [ax], label=f"{name} {gates.attrs.get('long_name', GATES)}")
    ax.set_xlabel(long_name(gates, TIME))
    ax.set_ylabel(long_name(gates, UNIT))
    ax.set_title(gate_title(name, f"at training step {int(gates[STEP])}, sequence {int(gates[SAMPLE])}"))
    return ax
