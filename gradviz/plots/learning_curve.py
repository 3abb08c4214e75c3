"""The loss from the first iteration to the last, and what it has to beat."""

from __future__ import annotations

import textwrap

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.text import Text
from matplotlib.ticker import LogLocator, NullLocator

from gradviz.plots.drawing.canvas import axes_or_new
from gradviz.plots.drawing.fit_text import font_size
from gradviz.plots.drawing.gradient_grid import long_name
from gradviz.plots.drawing.palette import GREY, Line, cell_line, ink
from gradviz.plots.drawing.running_median import running_median
from gradviz.plots.drawing.ticks import set_end_ticks
from gradviz.recording.tree import check_variable, module_names, select_module
from gradviz.vocabulary import CELL, CELLS, ITERATION, LOSS

TRIVIAL = "trivial predictor"


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


def complete_curve(
    data: xr.Dataset | xr.DataTree, metric: str = LOSS, *, module: str | None = None
) -> xr.DataArray:
    """A metric as completely as the recording has it: at every iteration, or at recorded steps.

    Parameters
    ----------
    data : Dataset or DataTree
    metric : str
    module : str, optional

    Returns
    -------
    DataArray, dims (iteration,) or (step,)

    Raises
    ------
    UnknownName, BadRecording
        If there is no such metric or module.
    """
    if isinstance(data, xr.DataTree) and metric in data.to_dataset(inherit=False).data_vars:
        return data.to_dataset(inherit=False)[metric]
    return check_variable(select_module(data, module=module), metric)


def last_step(data: xr.Dataset | xr.DataTree) -> float | None:
    """The last training step that a tree's complete curves tell of; None where there are none."""
    if not isinstance(data, xr.DataTree) or ITERATION not in data.to_dataset(inherit=False).coords:
        return None
    return float(data.to_dataset(inherit=False)[ITERATION].values[-1])


def draw_curve(ax: Axes, curve: xr.DataArray, look: Line) -> None:
    """The raw curve faint, its running median strong; a note where it is not finite."""
    steps = curve[curve.dims[0]].values
    values = np.asarray(curve.values, dtype=np.float64)
    finite = np.isfinite(values)
    shown = np.where(finite, values, np.nan)
    ax.plot(steps, shown, color=look.colour, alpha=0.3, linewidth=0.4 * plt.rcParams["lines.linewidth"])
    alone = "o" if finite.sum() == 1 else None
    ax.plot(steps, running_median(shown), color=look.colour, linestyle=look.dash, marker=alone)
    if finite.any() and np.all(values[finite] > 0):
        ax.set_yscale("log")
        set_log_ticks(ax)
    if len(steps) > 1:
        ax.set_xlim(steps[0], steps[-1])
    note = _lost(steps, values)
    if note:
        ax.text(0.5, 0.5, note, transform=ax.transAxes, ha="center", color=ink())


def _lost(steps: np.ndarray, values: np.ndarray) -> str:
    """What to say of a curve that is infinite somewhere, or is a number no longer; else nothing."""
    if np.isinf(values).any():
        return f"not finite from step {int(steps[np.isinf(values).argmax()])}"
    numbers = ~np.isnan(values)
    if not numbers.any():
        return "not a number at any step"
    count = int(numbers.sum())  # numbers at the first so many steps only, not here and there
    return (
        f"not a number from step {int(steps[count])}" if count < len(steps) and numbers[:count].all() else ""
    )


def set_log_ticks(ax: Axes) -> None:
    """At most four powers of ten."""
    ax.yaxis.set_major_locator(LogLocator(numticks=4))
    ax.yaxis.set_minor_locator(NullLocator())


def draw_baseline(ax: Axes, baseline: float) -> None:
    """The trivial predictor: a dashed grey line."""
    ax.axhline(baseline, color=GREY, linestyle=(0, (5, 3)), zorder=2.5, gid=TRIVIAL)


def name_baseline(ax: Axes, baseline: float, meaning: str, *, outside: bool) -> None:
    """Write what the trivial predictor does: at its line's end, outside, or above it, inside."""
    size = font_size("xtick.labelsize")
    text = ax.annotate(
        textwrap.fill(meaning, 20) if outside else meaning,
        xy=(1, baseline),
        xycoords=ax.get_yaxis_transform(),
        xytext=(0.4 * size, 0) if outside else (-2, 0.4 * size),
        textcoords="offset points",
        ha="left" if outside else "right",
        va="center" if outside else "bottom",
        color=ink(),
        fontsize=size,
        gid=TRIVIAL,
        annotation_clip=False,
    )
    set_apart(text)


def set_apart(text: Text) -> None:
    """A rim of the background's colour, so that text stays legible over a noisy curve."""
    background = plt.rcParams["axes.facecolor"]
    text.set_path_effects([patheffects.withStroke(linewidth=3, foreground=background)])


def _look(data: xr.Dataset | xr.DataTree, module: str | None) -> Line:
    """The cell's, or the ink where a tree holds several modules and none is named."""
    if isinstance(data, xr.DataTree) and module is None and len(module_names(data)) != 1:
        return Line(ink(), "-")
    cell = select_module(data, module=module).attrs.get(CELL)
    return cell_line(str(cell)) if cell in CELLS else Line(ink(), "-")
