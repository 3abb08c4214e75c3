"""The activation of every unit of a gate at every time step."""

from __future__ import annotations

import xarray as xr
from matplotlib.axes import Axes

from gradviz.cell_descriptions import cell_of
from gradviz.plots.drawing.canvas import axes_or_new
from gradviz.plots.drawing.dim_labels import long_name
from gradviz.plots.drawing.fraction_mesh import draw_fraction_bar, draw_fraction_mesh
from gradviz.plots.drawing.gate_scale import gate_scale
from gradviz.plots.drawing.gate_title import gate_title
from gradviz.plots.drawing.place_name import place_name, titled
from gradviz.plots.drawing.plain_text import plain_text
from gradviz.plots.drawing.recorded_step import at_gate, at_sample, one_step, step_and_sequence
from gradviz.recording.any_selection import takes_any_selection
from gradviz.recording.tree import check_variable
from gradviz.vocabulary import GATE, GATES, TIME, UNIT


@takes_any_selection(GATE, UNIT, TIME)
def plot_gate_heatmap(
    data: xr.Dataset | xr.DataTree,
    *,
    ax: Axes | None = None,
    gate: str | None = None,
    step: int | None = None,
    sample: int | None = None,
    module: str | None = None,
    layer: int | None = None,
    call: int | None = None,
) -> Axes:
    """Activation of one gate over time (right) and hidden unit (up), for one sequence.

    Parameters
    ----------
    data : Dataset or DataTree
        Recorded with ``detail="full"``: has ``gates``, dims (step, layer, direction, time, sample, gate,
        unit). Units are drawn in their order in `data`; ``units_by_time_constant`` changes it. Of a
        bidirectional module the forward direction is drawn; choose the other with
        ``data.sel(direction="reverse")``.
    ax : Axes, optional
    gate : str, optional
        By default the one that keeps the state: forget (LSTM), update (GRU), hidden (RNN).
    step : int, optional
        Recorded training step; by default the last.
    sample : int, optional
        Index of a recorded sequence in the batch; by default the first. The sequences of a second call in a
        step are numbered on, as in the coordinate ``sample``.
    module : str, optional
        Required if the recording has several modules.
    layer : int, optional
        By default the last.
    call : int, optional
        By default the sequences of all calls in a step count together.

    Returns
    -------
    Axes
        The first of its images has shape (unit, time). Sigmoid gates go from 0 (dark, shut) to 1; tanh
        activations diverge around 0; relu go from 0 to the largest, and exp so far
        that a few very large activations do not set the scale.
        `label_characters` writes a text along the time axis.

    Raises
    ------
    BadRecording, UnknownName
        If the gates were not recorded (use ``detail="full"``), if there is no such gate, step, sequence,
        module, layer or call.

    Examples
    --------
    >>> import gradviz as gv
    >>> from torch import nn
    >>> tree = gv.probe(nn.LSTM(2, 4, batch_first=True), length=20)
    >>> ax = gv.plot_gate_heatmap(tree, gate="output")
    >>> ax.get_title(), ax.images[0].get_array().shape
    ('output gate at training step 0, sequence 0', (4, 20))
    """
    series = one_step(data, step, module=module, layer=layer, call=call)
    check_variable(series, GATES)
    chosen = at_gate(at_sample(series, sample), gate)
    gates = check_variable(chosen, GATES).transpose(UNIT, TIME)
    name = str(gates[GATE].values)
    colours, norm = gate_scale(cell_of(series.attrs), name, gates.values)
    ax = axes_or_new(ax)
    mesh = draw_fraction_mesh(ax, gates, colours, norm)
    draw_fraction_bar(mesh, [ax], label=_label(name, gates))
    ax.set_xlabel(plain_text(long_name(gates, TIME)))
    ax.set_ylabel(plain_text(long_name(gates, UNIT)))
    ax.set_title(titled(gate_title(name, step_and_sequence(gates)), place_name(data, series, module)))
    return ax


def _label(gate: str, values: xr.DataArray) -> str:
    """What the colours mean; a candidate is no gate."""
    what = str(values.attrs.get("long_name", GATES))
    return f"{gate} {what.removeprefix('gate ') if gate == 'candidate' else what}"
