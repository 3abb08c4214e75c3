"""The gradient against lag: how far back it reaches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from gradviz.cell_descriptions import cell_of
from gradviz.measures.lag import lag_of
from gradviz.measures.passing_gradient import passing_gradient, passing_name
from gradviz.measures.quartiles import quartiles
from gradviz.plots.drawing.canvas import axes_or_new
from gradviz.plots.drawing.decade_axis import label_decades
from gradviz.plots.drawing.lag_axis import set_lag_axis
from gradviz.plots.drawing.line_labels import LineEnd, line_end
from gradviz.plots.drawing.name_runs import looks_of_runs, name_runs
from gradviz.plots.drawing.palette import GREY, Line
from gradviz.plots.drawing.plain_text import plain_text
from gradviz.plots.drawing.recorded_step import one_step
from gradviz.plots.drawing.runs import labelled_runs
from gradviz.plots.drawing.takes_many_runs import takes_many_runs
from gradviz.plots.drawing.variant_name import variant_of
from gradviz.recording.any_selection import takes_any_selection
from gradviz.vocabulary import CELL, LOG10_GRAD_H, SAMPLE, TIME

_BEYOND = 1e300  # replaces infinity, which a quantile cannot be interpolated with


class _Profile(NamedTuple):
    """Quartiles of log10 norms over sequences, shape (3, lag), and the number of zero or infinite norms."""

    label: str
    cell: str
    lag: np.ndarray
    quartiles: np.ndarray
    sequences: int
    off_axis: int
    name: str


@takes_many_runs(LOG10_GRAD_H)
@takes_any_selection(TIME)
def plot_gradient_norms(
    data: xr.Dataset | xr.DataTree | Mapping[str, xr.Dataset | xr.DataTree],
    *,
    ax: Axes | None = None,
    step: int | None = None,
    theory: float | None = None,
    module: str | None = None,
    layer: int | None = None,
    direction: str | None = None,
    call: int | None = None,
) -> Axes:
    """Gradient norm against lag, the number of time steps back from the end of each sequence, on a log scale.

    The line is the median over sequences, the band the quartiles. Where the output of a step was thrown away,
    the gradient is that of the state handed on instead.

    Parameters
    ----------
    data : Dataset, DataTree, or a mapping of label to either
        Has ``log10_grad_h``, dims (step, layer, direction, time, sample), in decades. A Dataset of many runs
        is what `load_runs` returns with ``variables="log10_grad_h"``.
    ax : Axes, optional
    step : int, optional
        Recorded training step; by default the last of each run.
    theory : float, optional
        Expected decay in decades per time step, positive if the gradient vanishes; the line starts at the
        first run's norm at its smallest lag.
    module, layer, direction, call : optional
        As in `plot_gradient_heatmap`, for every run.

    Returns
    -------
    Axes
        One line and one band for each run, then the line of the theory. Of more than 10 runs, those of the
        same cell have the same line, and a legend names the cells. The y axis is linear in log10 of the
        norm, with ticks written as 10^n, because norms may be below the float range.

    Raises
    ------
    BadRecording, UnknownName
        If a recording lacks the gradient, the step, the module, the layer, the direction or the call.
    ValueError
        If the mapping is empty.
    TypeError
        If the data is not a recording.

    Examples
    --------
    >>> import gradviz as gv
    >>> from torch import nn
    >>> rnn = gv.probe(nn.RNN(2, 4, batch_first=True), length=20)
    >>> lstm = gv.probe(nn.LSTM(2, 4, batch_first=True), length=20)
    >>> ax = gv.plot_gradient_norms({"RNN": rnn, "LSTM": lstm})
    >>> [line.get_label() for line in ax.lines], len(ax.lines[0].get_xdata())
    (['RNN', 'LSTM'], 20)
    """
    runs = labelled_runs(data)
    profiles = [
        _profile(label, one_step(recording, step, module=module, layer=layer, direction=direction, call=call))
        for label, recording in runs.items()
    ]
    ax = axes_or_new(ax)
    cells = [profile.cell for profile in profiles]
    names = [variant_of(run, module) or cell for run, cell in zip(runs.values(), cells, strict=True)]
    looks = looks_of_runs(cells, names)
    ends = [_draw(ax, profile, look) for profile, look in zip(profiles, looks, strict=True)]
    if theory is not None:
        ends.append(_draw_theory(ax, profiles[0], theory))
    _finish(ax, profiles)
    name_runs(ax, ends, cells)
    return ax


def _profile(label: str, series: xr.Dataset) -> _Profile:
    norms = passing_gradient(series).transpose(TIME, SAMPLE)
    lag, values = _against_lag(norms)
    described = cell_of({CELL: "rnn", **series.attrs})
    return _Profile(
        label=label or described.label,
        cell=str(series.attrs.get(CELL, "rnn")),
        lag=lag,
        quartiles=_finite_quartiles(values),
        sequences=values.shape[1],
        off_axis=int(np.isinf(values).sum()),
        name=passing_name(series),
    )


def _against_lag(norms: xr.DataArray) -> tuple[np.ndarray, np.ndarray]:
    """Lags, ascending, and the norms, shape (lag, sequence); each sequence ends where its padding begins."""
    values, lags = np.asarray(norms.values, dtype=np.float64), lag_of(norms).values
    time, sequence = np.nonzero(~np.isnan(values))
    if not len(time):
        return np.arange(float(len(values))), values
    lag, row = np.unique(lags[time, sequence], return_inverse=True)
    recorded, column = np.unique(sequence, return_inverse=True)
    against = np.full((len(lag), len(recorded)), np.nan)
    against[row.reshape(-1), column.reshape(-1)] = values[time, sequence]
    return lag, against


def _finite_quartiles(values: np.ndarray) -> np.ndarray:
    """Quartiles, shape (3, lag), with zero as the smallest norm; NaN where a quartile is not finite."""
    found = quartiles(np.nan_to_num(values, nan=np.nan, posinf=_BEYOND, neginf=-_BEYOND))
    return np.where(np.abs(found) < _BEYOND / 100, found, np.nan)


def _draw(ax: Axes, profile: _Profile, look: Line) -> LineEnd | None:
    low, middle, high = profile.quartiles
    ax.fill_between(profile.lag, low, high, color=look.colour, alpha=0.22, linewidth=0)
    ax.plot(profile.lag, middle, color=look.colour, linestyle=look.dash, label=plain_text(profile.label))
    return line_end(profile.lag, middle, profile.label, look.colour)


def _draw_theory(ax: Axes, profile: _Profile, theory: float) -> LineEnd | None:
    drawn = np.flatnonzero(np.isfinite(profile.quartiles[1]))
    if not len(drawn):
        return None
    limits = ax.get_ylim()
    start = profile.quartiles[1][drawn[0]]
    line = start - theory * (profile.lag - profile.lag[drawn[0]])
    ax.plot(profile.lag, line, color=GREY, linestyle="--", label="theory")
    ax.set_ylim(limits)
    inside = np.flatnonzero((line >= limits[0]) & (line <= limits[1]))
    last = inside[-1] if len(inside) else drawn[0]
    return LineEnd(
        float(profile.lag[last]), float(line[last]), f"theory: 10$^{{{-theory:.2g}}}$ per step", GREY
    )


def _finish(ax: Axes, profiles: list[_Profile]) -> None:
    longest = max(float(profile.lag[-1]) for profile in profiles)
    set_lag_axis(ax, longest, note=_meaning(profiles))
    label_decades(ax.yaxis)
    ax.set_ylabel(plain_text(profiles[0].name))


def _meaning(profiles: list[_Profile]) -> str:
    counts = sorted({profile.sequences for profile in profiles})
    count = f"{counts[0]}" if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
    sequences = f"{count} sequence{'' if counts[-1] == 1 else 's'}"
    off = sum(profile.off_axis for profile in profiles)
    note = f"; {off:,} norm{' is' if off == 1 else 's are'} zero or not finite" if off else ""
    return f"line: median, band: quartiles over {sequences}{note}"
