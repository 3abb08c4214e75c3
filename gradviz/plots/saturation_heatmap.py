"""How much of a gate is saturated at every step of training."""

from __future__ import annotations

import xarray as xr
from matplotlib.axes import Axes

from gradviz.arguments import check_one_of
from gradviz.plots.drawing.canvas import axes_or_new
from gradviz.plots.drawing.fraction_mesh import draw_fraction_bar, draw_saturation
from gradviz.plots.drawing.gate_title import gate_title
from gradviz.plots.drawing.place_name import place_name, titled
from gradviz.plots.drawing.recorded_step import at_gate
from gradviz.plots.drawing.saturated_fraction import RECORDED_OVER, saturated_fraction
from gradviz.recording.any_selection import takes_any_selection
from gradviz.recording.tree import select_module, select_series
from gradviz.vocabulary import GATE, STEP, TIME


@takes_any_selection(STEP, GATE)
def plot_saturation_heatmap(
    data: xr.Dataset | xr.DataTree,
    *,
    ax: Axes | None = None,
    gate: str | None = None,
    side: str = "both",
    over: str = TIME,
    module: str | None = None,
    layer: int | None = None,
    call: int | None = None,
) -> Axes:
    """Saturated fraction of a gate, over training step (right) and time step or unit (up).

    Parameters
    ----------
    data : Dataset or DataTree
        Has ``gate_left`` and ``gate_right``, dims (step, layer, direction, time, gate), or ``unit_left`` and
        ``unit_right``, dims (step, layer, direction, gate, unit), in [0, 1].
    ax : Axes, optional
    gate : str, optional
        By default the one that keeps the state: forget (LSTM), update (GRU), hidden (RNN).
    side : {"both", "left", "right"}
        Count activations that are shut (left), open (right), or either.
    over : {"time", "unit"}
        Dimension of the y axis.
    module : str, optional
        Required if the recording has several modules.
    layer : int, optional
        By default the last.
    call : int, optional
        By default the sequences of all calls in a step count together.

    Returns
    -------
    Axes
        The first of its images has shape (time or unit, step). Light means saturated; the scale is always
        0 to 1. If almost nothing is saturated and the plot is dark, the title says so.

    Raises
    ------
    BadRecording, UnknownName
        If the gates were not recorded, or there is no such gate, side, dim, module, layer or call.

    Examples
    --------
    >>> import gradviz as gv
    >>> from torch import nn
    >>> tree = gv.probe(nn.GRU(2, 4, batch_first=True), length=20)
    >>> ax = gv.plot_saturation_heatmap(tree, gate="reset", over="unit")
    >>> ax.get_ylabel(), ax.images[0].get_array().shape
    ('hidden unit', (4, 1))
    """
    check_one_of("dim", over, RECORDED_OVER)
    chosen = at_gate(select_series(select_module(data, module=module), layer=layer, call=call), gate)
    fraction = saturated_fraction(chosen, side=side, over=over)
    ax = axes_or_new(ax)
    mesh = draw_saturation(ax, fraction)
    draw_fraction_bar(mesh, [ax], label=fraction.attrs["long_name"])
    name = str(fraction[GATE].values) if GATE in fraction.coords else ""
    title = gate_title(name, fraction=fraction.values)
    ax.set_title(titled(title, place_name(data, chosen, module)))
    return ax
