"""The gradient at every time step, from the first training step to the last."""

from __future__ import annotations

from collections.abc import Iterable

import xarray as xr
from matplotlib.axes import Axes

from gradviz.plots.drawing.canvas import axes_or_new
from gradviz.plots.drawing.colour_limits import decade_norm, given_norm
from gradviz.plots.drawing.complete_curve import last_step
from gradviz.plots.drawing.gate_title import gate_title
from gradviz.plots.drawing.gradient_grid import gradient_grid
from gradviz.plots.drawing.gradient_mesh import draw_colour_bar, draw_mesh, mark_informative
from gradviz.plots.drawing.marks import count_marks, legend_below
from gradviz.plots.drawing.place_name import place_name, titled
from gradviz.plots.drawing.plain_text import plain_text
from gradviz.recording.any_selection import takes_any_selection
from gradviz.recording.tree import select_module, select_series
from gradviz.vocabulary import GATE, LOG10_GRAD_H, STEP, TIME, VARIABLES


@takes_any_selection(STEP, TIME)
def plot_gradient_heatmap(
    data: xr.Dataset | xr.DataTree,
    *,
    ax: Axes | None = None,
    variable: str = LOG10_GRAD_H,
    informative: Iterable[int] = (),
    limits: tuple[float, float] | None = None,
    module: str | None = None,
    layer: int | None = None,
    direction: str | None = None,
    call: int | None = None,
) -> Axes:
    """Gradient norm over training step (right) and time (up); dark means small.

    A cell shows the mean norm over sequences, on a log scale. Where the output of a step was thrown away, it
    is that of the state handed on instead; such steps before a sequence begins or after it has ended are
    padding. The limits are robust quantiles of the drawn values, rounded to whole decades. Cells that are
    exactly zero, below the float range of training, not finite or missing have separate marks and are counted
    in a legend. A mean is not finite if the norm of any sequence is not; the legend gives the number of such
    sequences, and ``data.sel(sample=...)`` can leave them out.

    Parameters
    ----------
    data : Dataset or DataTree
        Has `variable`, dims (step, layer, direction, time, sample).
    ax : Axes, optional
    variable : str
        Any log10 norm of the recording, in decades; if it has more dims, choose with ``data.sel(gate=...)``.
    informative : iterable of int
        Time steps on which the target depends, marked in amber along the time axis.
    limits : (float, float), optional
        Ends of the colour scale, in decades, in place of those of these values; `shared_limits` finds ends
        for several recordings.
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
    Axes
        The first of its images is the mesh, with log10 values of shape (time, step). The title names the
        module and the direction if the recording has several.

    Raises
    ------
    BadLimits
        If the limits are not two ascending numbers.
    BadRecording, UnknownName
        If the recording has no such variable, module, layer, direction or call, or if the variable has other
        dims.

    Examples
    --------
    >>> import gradviz as gv
    >>> from torch import nn
    >>> tree = gv.probe(nn.LSTM(2, 4, batch_first=True), length=20)
    >>> ax = gv.plot_gradient_heatmap(tree, informative=[0, 5])
    >>> ax.get_ylabel(), ax.images[0].get_array().shape
    ('time step', (20, 1))
    """
    series = select_series(select_module(data, module=module), layer=layer, direction=direction, call=call)
    grid = gradient_grid(series, variable)
    ax = axes_or_new(ax)
    norm = decade_norm([grid.on_scale]) if limits is None else given_norm(limits)
    mesh = draw_mesh(ax, grid, norm, until=last_step(data))
    ax.set_xlabel(plain_text(grid.steps_label))
    ax.set_ylabel(plain_text(grid.times_label))
    draw_colour_bar(mesh, ax, [grid.on_scale], grid.label)
    mark_informative(ax, informative)
    legend_below(ax, count_marks([grid.marks]), grid.notes)
    of_gate = GATE in series[variable].coords and GATE in VARIABLES[variable].dims
    title = gate_title(str(series[GATE].item())) if of_gate else ""
    ax.set_title(titled(title, place_name(data, series, module)))
    return ax
