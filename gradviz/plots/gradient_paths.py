"""How much gradient takes each path, against lag."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from gradviz.arguments import check_one_of
from gradviz.measures.gradient_paths import PATH_FRACTION, gradient_paths
from gradviz.measures.lag import lag_of
from gradviz.plots.drawing.canvas import axes_or_new
from gradviz.plots.drawing.decade_axis import label_decades
from gradviz.plots.drawing.gate_order import gates_in_order
from gradviz.plots.drawing.lag_axis import set_lag_axis
from gradviz.plots.drawing.line_labels import LineEnd, label_line_ends, line_end
from gradviz.plots.drawing.palette import path_line
from gradviz.plots.drawing.plain_text import plain_text
from gradviz.plots.drawing.recorded_step import one_step
from gradviz.plots.drawing.ticks import set_fraction_ticks
from gradviz.recording.any_selection import takes_any_selection
from gradviz.vocabulary import LOG10_GRAD_PATH, PATH, TIME

NORM, FRACTION = "norm", "fraction"

_VARIABLES = {NORM: LOG10_GRAD_PATH, FRACTION: PATH_FRACTION}


@takes_any_selection(TIME, PATH)
def plot_gradient_paths(
    data: xr.Dataset | xr.DataTree,
    *,
    ax: Axes | None = None,
    of: str = NORM,
    step: int | None = None,
    module: str | None = None,
    layer: int | None = None,
    direction: str | None = None,
    call: int | None = None,
) -> Axes:
    """Contribution of every path to the gradient, against lag: its norm on a log scale, or its fraction.

    Parameters
    ----------
    data : Dataset or DataTree
        Recorded with ``detail="full"``: has ``log10_grad_path``, dims (step, layer, direction, time, sample,
        path), in decades.
    ax : Axes, optional
    of : {"norm", "fraction"}
        Draw the mean norm of each path, or its fraction of the sum over paths.
    step : int, optional
        Recorded training step; by default the last.
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
        With norms, one line for each path: log10 of the mean over sequences, on an axis that is linear in
        decades with ticks written as 10^n. A line is broken where its path contributes exactly nothing. With
        fractions, one band for each path, stacked from the bottom. The carry of an LSTM reaches the cell
        state; all other paths reach the hidden state.

    Raises
    ------
    BadRecording, UnknownName
        If the paths were not recorded (use ``detail="full"``), if there is no such `of`, step, module, layer,
        direction or call.

    Examples
    --------
    >>> import gradviz as gv
    >>> from torch import nn
    >>> tree = gv.probe(nn.GRU(2, 4, batch_first=True), length=20)
    >>> ax = gv.plot_gradient_paths(tree, of="fraction")
    >>> [band.get_label() for band in ax.collections]
    ['direct', 'carry', 'reset', 'update', 'candidate']
    """
    check_one_of("measure of a path", of, _VARIABLES)
    series = one_step(data, step, module=module, layer=layer, direction=direction, call=call)
    paths = gates_in_order(gradient_paths(series), PATH)
    lags = lag_of(paths[LOG10_GRAD_PATH].max(PATH)).values
    order = np.argsort(lags)[: int(np.isfinite(lags).sum())]
    values = paths[_VARIABLES[of]].transpose(PATH, TIME).isel({TIME: order})
    ax = axes_or_new(ax)
    ends = (_draw_norms if of == NORM else _draw_fractions)(ax, lags[order], values)
    set_lag_axis(ax, float(lags[order].max(initial=0)))
    ax.set_ylabel(plain_text(values.attrs["long_name"]).replace(" (", "\n("))
    label_line_ends(ax, ends)
    return ax


def _draw_norms(ax: Axes, lag: np.ndarray, norms: xr.DataArray) -> list[LineEnd | None]:
    ends = [
        _draw_line(ax, str(path), lag, values)
        for path, values in zip(norms[PATH].values, norms.values, strict=True)
    ]
    label_decades(ax.yaxis)
    return ends


def _draw_line(ax: Axes, path: str, lag: np.ndarray, log10: np.ndarray) -> LineEnd | None:
    shown = np.where(np.isfinite(log10), log10, np.nan)
    look = path_line(path)
    ax.plot(lag, shown, color=look.colour, linestyle=look.dash, label=plain_text(path))
    finite = np.isfinite(shown)
    beside = np.pad(finite, 1)
    alone = finite & ~beside[:-2] & ~beside[2:]
    if alone.any():
        ax.plot(lag[alone], shown[alone], color=look.colour, marker="o", linestyle="none", clip_on=False)
    return line_end(lag, shown, path, look.colour)


def _draw_fractions(ax: Axes, lag: np.ndarray, fractions: xr.DataArray) -> list[LineEnd | None]:
    paths = [str(path) for path in fractions[PATH].values]
    tops = np.cumsum(fractions.values, axis=0)  # (path, lag)
    ends: list[LineEnd | None] = []
    for path, bottom, top in zip(paths, np.vstack([np.zeros(len(lag)), tops[:-1]]), tops, strict=True):
        colour = path_line(path).colour
        ax.fill_between(lag, bottom, top, color=colour, linewidth=0, step="mid", label=plain_text(path))
        if np.isfinite(top[-1:]).all() and top[-1] > bottom[-1]:
            ends.append(LineEnd(float(lag[-1]), float(bottom[-1] + top[-1]) / 2, path, colour))
    ax.set_ylim(0, 1)
    set_fraction_ticks(ax.yaxis)
    return ends
