"""The loss from the first iteration to the last, and what it has to beat."""

from __future__ import annotations

import xarray as xr
from matplotlib.axes import Axes

from gradviz.plots.drawing.baseline import TRIVIAL, draw_baseline, name_baseline
from gradviz.plots.drawing.canvas import axes_or_new
from gradviz.plots.drawing.complete_curve import complete_curve
from gradviz.plots.drawing.curve import draw_curve
from gradviz.plots.drawing.dim_labels import long_name
from gradviz.plots.drawing.palette import Line, line_of
from gradviz.plots.drawing.ticks import set_end_ticks
from gradviz.recording.tree import module_names, select_module
from gradviz.vocabulary import CELL, LOSS


def plot_learning_curve(
    data: xr.Dataset | xr.DataTree,
    *,
    ax: Axes | None = None,
    metric: str = LOSS,
    baseline: float | None = None,
    baseline_meaning: str = TRIVIAL,
    module: str | None = None,
) -> Axes:
    """Loss over training steps: faint as it was, strong its running median, on a log scale.

    Parameters
    ----------
    data : Dataset or DataTree
        A tree's root holds the complete curve, dims (iteration,); a module's Dataset has it at recorded
        steps only, dims (step,).
    ax : Axes, optional
    metric : str
        What ``tape.step`` was given; by default the loss.
    baseline : float, optional
        The trivial predictor's, in the metric's units.
    baseline_meaning : str
        What that predictor does, for example "always predict 1"; written on its line.
    module : str, optional
        Whose cell gives the colour, where a tree holds several modules.

    Returns
    -------
    Axes
        Its first line is the raw curve, its second the running median over a fortieth of it. The scale is
        linear where a value is zero or negative.

    Raises
    ------
    UnknownName, BadRecording
        If there is no such metric or module.
    """
    curve = complete_curve(data, metric, module=module)
    ax = axes_or_new(ax)
    draw_curve(ax, curve, _look(data, module))
    if baseline is not None:
        draw_baseline(ax, baseline)
        name_baseline(ax, baseline, baseline_meaning, outside=True)
    steps = curve[curve.dims[0]].values
    set_end_ticks(ax.xaxis, steps[0], steps[-1])
    ax.set_xlabel(long_name(curve, str(curve.dims[0])))
    ax.set_ylabel(str(curve.attrs.get("long_name", metric)))
    return ax


def _look(data: xr.Dataset | xr.DataTree, module: str | None) -> Line:
    """The cell's, or the ink where a tree holds several modules and none is named."""
    if isinstance(data, xr.DataTree) and module is None and len(module_names(data)) != 1:
        return line_of(None)
    return line_of(select_module(data, module=module).attrs.get(CELL))
