"""Through which gate the gradient comes, against the lag it has travelled."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from gradviz.arguments import check_one_of
from gradviz.measures.gradient_paths import PATH_FRACTION, gradient_paths
from gradviz.measures.lag import lag_of
from gradviz.plots.drawing.canvas import axes_or_new
from gradviz.plots.drawing.decades import label_decades
from gradviz.plots.drawing.line_labels import LineEnd, label_line_ends
from gradviz.plots.drawing.palette import path_line
from gradviz.plots.drawing.recorded_step import at_step
from gradviz.plots.drawing.ticks import set_end_ticks
from gradviz.recording.tree import select_module, select_series
from gradviz.vocabulary import LOG10_GRAD_PATH, PATH, TIME

NORM, FRACTION = "norm", "fraction"

_VARIABLES = {NORM: LOG10_GRAD_PATH, FRACTION: PATH_FRACTION}


def plot_gradient_paths(
    data: xr.Dataset | xr.DataTree,
    *,
    ax: Axes | None = None,
    of: str = NORM,
    step: int | None = None,
    module: str | None = None,
    layer: int | None = None,
    direction: str | None = None,
) -> Axes:
    """What every path brings to the gradient, against lag: its norm on a log scale, or its fraction.

    Parameters
    ----------
    data : Dataset or DataTree
        Recorded with ``detail="full"``: has ``log10_grad_path``, dims (step, layer, direction, time, sample,
        path), in decades. Of a module called several times in a step, one call: ``data.sel(call=0)``.
    ax : Axes, optional
    of : {"norm", "fraction"}
    step : int, optional
        Recorded training step; by default the last.
    module : str, optional
        Needed where a tree holds several modules.
    layer : int, optional
        By default the last.
    direction : {"forward", "reverse"}, optional
        By default forward.

    Returns
    -------
    Axes
        Of norms a line for each path: log10 of their mean over sequences, linear in decades, with ticks
        written as 10^n, broken where a path brings exactly nothing. Of fractions a band for each path, from
        the bottom. An LSTM's carry is what reaches the cell state, everything else what reaches the hidden
        state.

    Raises
    ------
    BadRecording, UnknownName
        If the paths were not recorded (``detail="full"`` does), or there is no such step, module, layer or
        direction, nothing but norm and fraction to draw, or several calls.
    """
    check_one_of("measure of a path", of, _VARIABLES)
    series = select_series(select_module(data, module=module), layer=layer, direction=direction)
    moment = gradient_paths(at_step(series, step))
    lags = lag_of(moment[LOG10_GRAD_PATH].max(PATH)).values
    order = np.argsort(lags)[: int(np.isfinite(lags).sum())]
    values = moment[_VARIABLES[of]].transpose(PATH, TIME).isel({TIME: order})
    ax = axes_or_new(ax)
    ends = (_draw_norms if of == NORM else _draw_fractions)(ax, lags[order], values)
    _finish(ax, lags[order], str(values.attrs["long_name"]))
    label_line_ends(ax, ends)
    return ax


def _draw_norms(ax: Axes, lag: np.ndarray, norms: xr.DataArray) -> list[LineEnd]:
    ends = [
        _draw_line(ax, str(path), lag, values)
        for path, values in zip(norms[PATH].values, norms.values, strict=True)
    ]
    label_decades(ax.yaxis)
    return [end for end in ends if end is not None]


def _draw_line(ax: Axes, path: str, lag: np.ndarray, log10: np.ndarray) -> LineEnd | None:
    shown = np.where(np.isfinite(log10), log10, np.nan)
    look = path_line(path)
    ax.plot(lag, shown, color=look.colour, linestyle=look.dash, label=path)
    finite = np.isfinite(shown)
    if not finite.any():
        return None
    beside = np.pad(finite, 1)
    alone = finite & ~beside[:-2] & ~beside[2:]
    if alone.any():
        ax.plot(lag[alone], shown[alone], color=look.colour, marker="o", linestyle="none", clip_on=False)
    last = np.flatnonzero(finite)[-1]
    return LineEnd(float(lag[last]), float(shown[last]), path, look.colour)


def _draw_fractions(ax: Axes, lag: np.ndarray, fractions: xr.DataArray) -> list[LineEnd]:
    paths = [str(path) for path in fractions[PATH].values]
    tops = np.cumsum(fractions.values, axis=0)  # (path, lag)
    ends = []
    for path, bottom, top in zip(paths, np.vstack([np.zeros(len(lag)), tops[:-1]]), tops, strict=True):
        colour = path_line(path).colour
        ax.fill_between(lag, bottom, top, color=colour, linewidth=0, step="mid", label=path)
        if np.isfinite(top[-1:]).all() and top[-1] > bottom[-1]:
            ends.append(LineEnd(float(lag[-1]), float(bottom[-1] + top[-1]) / 2, path, colour))
    ax.set_ylim(0, 1)
    ax.set_yticks([0, 0.5, 1], ["0", "0.5", "1"])
    return ends


def _finish(ax: Axes, lag: np.ndarray, name: str) -> None:
    longest = float(lag.max(initial=0))
    ax.set_xlim(0, max(longest, 1))
    set_end_ticks(ax.xaxis, 0, longest)
    ax.set_xlabel("time steps back from the end of the sequence")
    ax.set_ylabel(name.replace(" (", "\n("))
