"""How long the units of a network remember: the distribution of their time constants."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from gradviz.cell_descriptions import cell_of
from gradviz.measures.time_constants import TIME_CONSTANT, time_constants
from gradviz.plots.drawing.canvas import axes_or_new
from gradviz.plots.drawing.palette import GREY, Line, ink, lines_of, text_colour
from gradviz.plots.drawing.plain_text import plain_text
from gradviz.plots.drawing.recorded_step import one_step
from gradviz.plots.drawing.runs import Recording, labelled_runs
from gradviz.plots.drawing.takes_many_runs import takes_many_runs
from gradviz.plots.drawing.variant_name import variant_of
from gradviz.recording.any_selection import takes_any_selection
from gradviz.vocabulary import GATE, UNIT, UNIT_MEAN

_BINS_A_DECADE = 24
_ROW = 0.8  # height of the dots in the fullest bin, as a fraction of the distance between rows
_CLOSEST = 0.12  # largest gap between two dots of a bin


class _Row(NamedTuple):
    """Time constants of one run, shape (unit,), in time steps, and the number of units where they are NaN."""

    label: str
    constants: np.ndarray
    unknown: int
    name: str


@takes_many_runs(UNIT_MEAN)
@takes_any_selection(GATE, UNIT)
def plot_time_constants(
    data: Recording | Mapping[str, Recording],
    *,
    ax: Axes | None = None,
    step: int | None = None,
    lag: float | None = None,
    module: str | None = None,
    layer: int | None = None,
    direction: str | None = None,
    call: int | None = None,
) -> Axes:
    """Time constants of all units on a log axis: one row for each run, one dot for each unit.

    Parameters
    ----------
    data : Dataset, DataTree, or a mapping of label to either
        Has ``unit_mean``, dims (step, layer, direction, gate, unit), of an LSTM or a GRU.
    ax : Axes, optional
    step : int, optional
        Recorded training step; by default the last of each run.
    lag : float, optional
        Number of time steps that the task requires a network to remember; drawn as a dashed line.
    module, layer, direction, call : optional
        As in `plot_gradient_heatmap`, for every run.

    Returns
    -------
    Axes
        For every run, from the top, a collection of dots with the time constants, in time steps, along x, and
        a bar at their median. Time constants that are infinite (the mean gate is 1) or NaN are left out and
        counted in the label of the x axis.

    Raises
    ------
    ValueError
        If the mapping is empty.
    TypeError
        If the data is not a recording.
    BadRecording, UnknownName
        If a recording lacks the gates, the step, module, layer, direction or call, or is of a cell without a
        gate that keeps its state.

    Examples
    --------
    >>> import gradviz as gv
    >>> from torch import nn
    >>> lstm = gv.probe(nn.LSTM(2, 8, batch_first=True), length=20)
    >>> gru = gv.probe(nn.GRU(2, 8, batch_first=True), length=20)
    >>> ax = gv.plot_time_constants({"LSTM": lstm, "GRU": gru}, lag=20)
    >>> [label.get_text() for label in ax.get_yticklabels()], ax.get_xscale()
    (['LSTM', 'GRU'], 'log')
    """
    runs = labelled_runs(data)
    rows = [
        _row(label, one_step(recording, step, module=module, layer=layer, direction=direction, call=call))
        for label, recording in runs.items()
    ]
    ax = axes_or_new(ax)
    looks = lines_of([variant_of(run, module) for run in runs.values()])
    for place, (row, look) in enumerate(zip(rows, looks, strict=True)):
        _draw(ax, row, place, look)
    _finish(ax, rows, lag)
    ax.set_yticks(range(len(rows)), [plain_text(row.label) for row in rows], fontweight="bold")
    for text, look in zip(ax.get_yticklabels(), looks, strict=True):
        text.set_color(text_colour(look.colour))
    return ax


def _row(label: str, series: xr.Dataset) -> _Row:
    constants = time_constants(series)[TIME_CONSTANT]
    unknown = np.isnan(constants.values)
    return _Row(
        label=label or cell_of(series.attrs).label,
        constants=constants.values[~unknown],
        unknown=int(unknown.sum()),
        name=str(constants.attrs["long_name"]),
    )


def swarm(constants: np.ndarray) -> np.ndarray:
    """Vertical offsets that spread the dots of each bin of a log axis, so that their number can be seen.

    Parameters
    ----------
    constants : ndarray, shape (unit,)
        Positive and finite.

    Returns
    -------
    ndarray, shape (unit,)
        Evenly spaced in each bin and centred on 0, within 0.4 of a row to either side.
    """
    bins = np.floor(np.log10(constants) * _BINS_A_DECADE).astype(np.int64)
    _, index, counts = np.unique(bins, return_inverse=True, return_counts=True)
    gap = min(_CLOSEST, _ROW / max(1, counts.max(initial=1) - 1))
    order = np.argsort(index, kind="stable")  # within a bin by unit number, which has no meaning
    rank = np.empty(len(constants))
    rank[order] = np.concatenate([np.arange(count) for count in counts]) if len(counts) else []
    return gap * (rank - (counts[index] - 1) / 2)


def _draw(ax: Axes, row: _Row, place: int, look: Line) -> None:
    finite = row.constants[np.isfinite(row.constants)]
    size = float(plt.rcParams["font.size"])
    ax.scatter(
        finite,
        place + swarm(finite),
        s=(0.3 * size) ** 2,
        color=look.colour,
        alpha=0.6,
        linewidth=0,
        zorder=2,
    )
    middle = float(np.median(row.constants)) if len(row.constants) else np.nan
    if np.isfinite(middle):
        width = 1.4 * plt.rcParams["lines.linewidth"]
        ax.plot([middle, middle], [place - 0.45, place + 0.45], color=ink(), linewidth=width, zorder=3)


def _finish(ax: Axes, rows: list[_Row], lag: float | None) -> None:
    everything = np.concatenate([row.constants for row in rows])
    finite = everything[np.isfinite(everything)]
    longest = max(10.0, float(finite.max(initial=1.0)), lag or 0.0)
    ax.set_xscale("log")
    ax.set_xlim(0.9, 1.3 * longest)
    ax.xaxis.set_major_locator(LogLocator(numticks=6))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.spines["left"].set_visible(False)
    ax.tick_params(axis="y", length=0)
    names = {row.name for row in rows}
    name = names.pop() if len(names) == 1 else "time constant of the gate that keeps the state"
    lost = len(everything) - len(finite)
    unknown = sum(row.unknown for row in rows)
    note = f"; {lost:,} infinite" * bool(lost) + f"; {unknown:,} not a number" * bool(unknown)
    ax.set_xlabel(f"{plain_text(name)}, in time steps\n(dot: a unit, bar: median{note})")
    if lag is not None:
        ax.axvline(lag, color=GREY, linestyle="--", zorder=1)
        ax.set_title(f"the task needs {lag:,.0f} steps (dashed)")
