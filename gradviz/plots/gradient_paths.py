"""Through which gate the gradient comes, against the lag it has travelled."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from gradviz.measures.lag import lag_of
from gradviz.measures.mean_norm import log10_mean
from gradviz.plots.canvas import axes_or_new
from gradviz.plots.line_labels import LineEnd, label_line_ends
from gradviz.plots.palette import path_line
from gradviz.plots.recorded_step import at_step
from gradviz.plots.ticks import power_of_ten, set_end_ticks
from gradviz.recording.tree import require_variable, select_module, select_series
from gradviz.vocabulary import LOG10_GRAD_PATH, PATH, SAMPLE, TIME


def plot_gradient_paths(
    data: xr.Dataset | xr.DataTree,
    *,
    ax: Axes | None = None,
    step: int | None = None,
    module: str | None = None,
    layer: int | None = None,
    direction: str | None = None,
) -> Axes:
    """Norm of what every path brings to the gradient, against lag, on a log scale.

    Parameters
    ----------
    data : Dataset or DataTree
        Recorded with ``detail="full"``: has ``log10_grad_path``, dims (step, layer, direction, time, sample,
        path), in decades. Of a module called several times in a step, one call: ``data.sel(call=0)``.
    ax : Axes, optional
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
        A line for each path: log10 of the mean over sequences of the norms, linear in decades, with ticks
        written as 10^n. An LSTM's carry is what reaches the cell state, everything else what reaches the
        hidden state; where a path brings exactly nothing its line is broken.

    Raises
    ------
    BadRecording, UnknownName
        If the paths were not recorded (``detail="full"`` does), or there is no such step, module, layer or
        direction, or several calls.
    """
    series = select_series(select_module(data, module=module), layer=layer, direction=direction)
    norms = require_variable(at_step(series, step), LOG10_GRAD_PATH)
    means = log10_mean(norms, SAMPLE).transpose(PATH, TIME)
    lags = lag_of(means.max(PATH, keep_attrs=True).assign_coords(_directions(means))).values
    order = np.argsort(lags)[: int(np.isfinite(lags).sum())]
    ax = axes_or_new(ax)
    ends = [
        _draw(ax, str(path), lags[order], values[order])
        for path, values in zip(means[PATH].values, means.values, strict=True)
    ]
    _finish(ax, lags[order], norms)
    label_line_ends(ax, [end for end in ends if end is not None])
    return ax


def _directions(means: xr.DataArray) -> dict[str, xr.DataArray]:
    """The scalar coordinates, of which the direction tells where a sequence ends."""
    return {str(name): value for name, value in means.coords.items() if not value.ndim}


def _draw(ax: Axes, path: str, lag: np.ndarray, log10: np.ndarray) -> LineEnd | None:
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


def _finish(ax: Axes, lag: np.ndarray, norms: xr.DataArray) -> None:
    longest = float(lag.max(initial=0))
    ax.set_xlim(0, max(longest, 1))
    set_end_ticks(ax.xaxis, 0, longest)
    ax.yaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: power_of_ten(value)))
    ax.set_xlabel("time steps back from the end of the sequence")
    ax.set_ylabel(f"{norms.attrs.get('long_name', LOG10_GRAD_PATH)}\nmean over sequences")
