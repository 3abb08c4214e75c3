"""The loss over training, and the loss of the trivial predictor."""

from __future__ import annotations

import xarray as xr
from matplotlib.axes import Axes

from gradviz.plots.drawing.baseline import TRIVIAL, draw_baseline, name_baseline
from gradviz.plots.drawing.canvas import axes_or_new
from gradviz.plots.drawing.complete_curve import complete_curve
from gradviz.plots.drawing.curve import draw_curve
from gradviz.plots.drawing.dim_labels import long_name
from gradviz.plots.drawing.palette import Line, line_of
from gradviz.plots.drawing.plain_text import plain_text
from gradviz.plots.drawing.ticks import set_end_ticks
from gradviz.recording.any_selection import takes_any_selection
from gradviz.recording.tree import module_names, select_module
from gradviz.vocabulary import CELL, LOSS, STEP


@takes_any_selection(STEP)
def plot_learning_curve(
    data: xr.Dataset | xr.DataTree,
    *,
    ax: Axes | None = None,
    metric: str = LOSS,
    baseline: float | None = None,
    baseline_meaning: str = TRIVIAL,
    module: str | None = None,
) -> Axes:
    """Loss over training steps on a log scale: raw values faint, their running median strong.

    Parameters
    ----------
    data : Dataset or DataTree
        Has `metric`: a tree at every iteration, dims (iteration,); the Dataset of a module only at recorded
        steps, dims (step,).
    ax : Axes, optional
    metric : str
        Name of a metric that was passed to ``tape.step``.
    baseline : float, optional
        Value of the trivial predictor, in the metric's units.
    baseline_meaning : str
        What that predictor does, for example "always predict 1"; written on its line.
    module : str, optional
        The module whose cell sets the colour, if a tree has several.

    Returns
    -------
    Axes
        Its first line is the raw curve, its second the running median over a fortieth of the curve. The scale
        is linear if any value is zero or negative.

    Raises
    ------
    UnknownName, BadRecording
        If there is no such metric or module.

    Examples
    --------
    >>> import gradviz as gv
    >>> import torch
    >>> model, x = torch.nn.GRU(2, 4, batch_first=True), torch.randn(3, 5, 2)
    >>> with gv.record(model) as tape:
    ...     for _ in range(3):
    ...         loss = model(x)[0].square().mean()
    ...         loss.backward()
    ...         tape.step(loss)
    >>> ax = gv.plot_learning_curve(tape.tree, baseline=1.0)
    >>> ax.get_ylabel(), len(ax.lines[0].get_ydata())
    ('loss', 3)
    """
    curve = complete_curve(data, metric, module=module)
    ax = axes_or_new(ax)
    draw_curve(ax, curve, _look(data, module))
    if baseline is not None:
        draw_baseline(ax, baseline)
        name_baseline(ax, baseline, baseline_meaning, outside=True)
    steps = curve[curve.dims[0]].values
    set_end_ticks(ax.xaxis, steps[0], steps[-1])
    ax.set_xlabel(plain_text(long_name(curve, str(curve.dims[0]))))
    ax.set_ylabel(plain_text(curve.attrs.get("long_name", metric)))
    return ax


def _look(data: xr.Dataset | xr.DataTree, module: str | None) -> Line:
    """The look of the module's cell; a line in ink if a tree has several modules and none is chosen."""
    if isinstance(data, xr.DataTree) and module is None and len(module_names(data)) != 1:
        return line_of(None)
    return line_of(select_module(data, module=module).attrs.get(CELL))
