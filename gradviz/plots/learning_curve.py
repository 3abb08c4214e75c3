"""The loss over training, and the loss of the trivial predictor."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from gradviz.cell_descriptions import CELLS
from gradviz.plots.drawing.baseline import TRIVIAL, draw_baseline, name_baseline
from gradviz.plots.drawing.canvas import axes_or_new
from gradviz.plots.drawing.complete_curve import complete_curve
from gradviz.plots.drawing.curve import DrawnCurve, draw_curves, note_not_finite
from gradviz.plots.drawing.dim_labels import long_name
from gradviz.plots.drawing.line_labels import line_end
from gradviz.plots.drawing.name_runs import looks_of_runs, name_runs
from gradviz.plots.drawing.palette import Line, line_of
from gradviz.plots.drawing.plain_text import plain_text
from gradviz.plots.drawing.runs import Recording, labelled_runs
from gradviz.plots.drawing.takes_many_runs import takes_many_runs
from gradviz.plots.drawing.ticks import set_end_ticks
from gradviz.plots.drawing.validation_dots import draw_validations, validation_curve
from gradviz.plots.drawing.variant_name import variant_of
from gradviz.recording.any_selection import takes_any_selection
from gradviz.recording.tree import module_names, select_module
from gradviz.runs.run_files import DIVERGED, OUTCOME
from gradviz.vocabulary import CELL, LOSS, STEP


@takes_many_runs(named_by="metric")
@takes_any_selection(STEP)
def plot_learning_curve(
    data: Recording | Mapping[str, Recording],
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
    data : Dataset, DataTree, or a mapping of label to either
        Has `metric`: a tree at every iteration, dims (iteration,); the Dataset of a module only at recorded
        steps, dims (step,). A Dataset of many runs is what `load_runs` returns with ``variables="loss"``.
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
        Its first line is the raw curve, its second the running median over a fortieth of the curve; so for
        every run. The scale is linear if any value is zero or negative. Several runs have their names at the
        ends of their lines. Of more than 10 runs, those of the same cell have the same line, and a legend
        names the cells. Dots are the evaluations on a validation set, which a tree has as, for example,
        ``validation_loss``.

    Raises
    ------
    UnknownName, BadRecording
        If there is no such metric or module.
    ValueError
        If the mapping is empty.
    TypeError
        If the data is not a recording.

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
    runs = labelled_runs(data)
    curves = [complete_curve(run, metric, module=module) for run in runs.values()]
    cells = [_cell(run, module) for run in runs.values()]
    ax = axes_or_new(ax)
    looks = _looks(cells, [variant_of(run, module) for run in runs.values()])
    drawn = draw_curves(ax, curves, looks)
    several = len(runs) > 1
    if baseline is not None:
        draw_baseline(ax, baseline)
        name_baseline(ax, baseline, baseline_meaning, outside=not several)
    steps = np.concatenate([curve.steps[[0, -1]] for curve in drawn])
    set_end_ticks(ax.xaxis, steps.min(), steps.max())
    ax.set_xlabel(plain_text(long_name(curves[0], str(curves[0].dims[0]))))
    ax.set_ylabel(plain_text(curves[0].attrs.get("long_name", metric)))
    if several:
        labels = [_label(label, run, curve) for (label, run), curve in zip(runs.items(), drawn, strict=True)]
        ends = [
            line_end(curve.steps, curve.middle, label, look.colour)
            for label, curve, look in zip(labels, drawn, looks, strict=True)
        ]
        name_runs(ax, ends, cells)
    elif drawn[0].note:
        note_not_finite(ax, drawn[0].note)
    if ax.get_legend() is None:  # of so many runs that a legend names their cells, it would be too much
        draw_validations(ax, [validation_curve(run, metric) for run in runs.values()], looks)
    return ax


def _cell(data: Recording, module: str | None) -> str:
    """The module's cell; empty if a tree has several modules and none is chosen, or it is not known."""
    if isinstance(data, xr.DataTree) and module is None and len(module_names(data)) != 1:
        return ""
    return str(select_module(data, module=module).attrs.get(CELL, ""))


def _looks(cells: list[str], names: list[str]) -> list[Line]:
    known = all(cell in CELLS for cell in cells)
    return looks_of_runs(cells, names) if known else [line_of(cell) for cell in cells]


def _label(label: str, run: Recording, curve: DrawnCurve) -> str:
    """The name of one of several runs, with what its line does not show."""
    note = DIVERGED if not curve.note and run.attrs.get(OUTCOME) == DIVERGED else curve.note
    return f"{label}, {note}" if note else label
