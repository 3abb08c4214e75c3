"""Which units of a gate are saturated at which time steps."""

from __future__ import annotations

import xarray as xr
from matplotlib.axes import Axes

from gradviz.cell_descriptions import cell_of
from gradviz.plots.drawing.canvas import axes_or_new
from gradviz.plots.drawing.fraction_mesh import draw_fraction_bar, draw_saturation
from gradviz.plots.drawing.gate_title import gate_title
from gradviz.plots.drawing.place_name import place_name, titled
from gradviz.plots.drawing.recorded_step import at_gate, one_step, step_and_sequence
from gradviz.plots.drawing.saturated_fraction import SIDES, check_side, saturated_sequences, thresholds
from gradviz.recording.any_selection import takes_any_selection
from gradviz.recording.tree import check_variable
from gradviz.vocabulary import GATE, GATES, TIME, UNIT


@takes_any_selection(GATE, UNIT, TIME)
def plot_unit_saturation(
    data: xr.Dataset | xr.DataTree,
    *,
    ax: Axes | None = None,
    gate: str | None = None,
    side: str = "both",
    step: int | None = None,
    module: str | None = None,
    layer: int | None = None,
    call: int | None = None,
) -> Axes:
    """Fraction of sequences in which a gate is saturated, over time (right) and hidden unit (up).

    Parameters
    ----------
    data : Dataset or DataTree
        Recorded with ``detail="full"``: has ``gates``, dims (step, layer, direction, time, sample, gate,
        unit). Units are drawn in their order in `data`; ``units_by_time_constant`` changes it.
    ax : Axes, optional
    gate : str, optional
        By default the one that keeps the state: forget (LSTM), update (GRU), hidden (RNN).
    side : {"both", "left", "right"}
        Count gates that are shut (left), open (right), or either.
    step : int, optional
        Recorded training step; by default the last.
    module : str, optional
        Required if the recording has several modules.
    layer : int, optional
        By default the last.
    call : int, optional
        By default the sequences of all calls in a step count together.

    Returns
    -------
    Axes
        The first of its images has shape (unit, time). Light means saturated; the scale is always 0 to 1. If
        almost nothing is saturated and the plot is dark, the title says so.

    Raises
    ------
    BadRecording, UnknownName
        If the gates were not recorded (use ``detail="full"``), or there is no such gate, side, step, module,
        layer or call.

    Examples
    --------
    >>> import gradviz as gv
    >>> from torch import nn
    >>> tree = gv.probe(nn.LSTM(2, 4, batch_first=True), length=20)
    >>> ax = gv.plot_unit_saturation(tree, gate="output", side="right")
    >>> ax.get_ylabel(), ax.images[0].get_array().shape
    ('hidden unit', (4, 20))
    """
    check_side(side)
    series = one_step(data, step, module=module, layer=layer, call=call)
    check_variable(series, GATES)
    gates = check_variable(at_gate(series, gate), GATES)
    name = str(gates[GATE].values)
    fraction = saturated_sequences(gates, *thresholds(cell_of(series.attrs), name), side=side)
    ax = axes_or_new(ax)
    mesh = draw_saturation(ax, fraction)
    draw_fraction_bar(mesh, [ax], label=f"fraction of sequences that are {SIDES[side]}")
    title = gate_title(name, step_and_sequence(gates), fraction=fraction.values)
    ax.set_title(titled(title, place_name(data, series, module)))
    return ax
