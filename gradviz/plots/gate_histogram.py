"""How often a gate takes which value."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from gradviz.plots.canvas import axes_or_new
from gradviz.plots.gate_legend import gate_legend
from gradviz.plots.palette import GREY, gate_colour
from gradviz.plots.recorded_step import at_step
from gradviz.plots.ticks import set_end_ticks
from gradviz.recording.tree import require_variable, select_module, select_series
from gradviz.vocabulary import (
    CELL,
    CELLS,
    GATE,
    GATES,
    SIGMOID_HIGH,
    SIGMOID_LOW,
    STEP,
    TANH_HIGH,
    TANH_LOW,
)

BIN_WIDTH = 4 / 127
"""Four of the steps of 1/127 in which a recording on disk keeps gates, so that every bin holds as many."""


def plot_gate_histogram(
    data: xr.Dataset | xr.DataTree,
    *,
    ax: Axes | None = None,
    step: int | None = None,
    module: str | None = None,
    layer: int | None = None,
    direction: str | None = None,
) -> Axes:
    """Share of a gate's activations in every interval of its range, a line for each gate.

    Parameters
    ----------
    data : Dataset or DataTree
        Recorded with ``detail="full"``: has ``gates``, dims (step, layer, direction, time, sample, gate,
        unit). ``data.sel(gate=["forget"])`` chooses gates; of a module called several times in a step, one
        call: ``data.sel(call=0)``.
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
        Its patches are one line of steps for each gate, whose heights add up to 1. Dotted lines are the
        thresholds of saturation.

    Raises
    ------
    BadRecording, UnknownName
        If gates were not recorded (``detail="full"`` does), or there is no such step, module, layer or
        direction, or several calls.
    """
    series = select_series(select_module(data, module=module), layer=layer, direction=direction)
    moment = at_step(series, step)
    gates = require_variable(moment, GATES)
    gates = gates if GATE in gates.dims else gates.expand_dims(GATE)
    names = [str(name) for name in gates[GATE].values]
    cell = str(moment.attrs.get(CELL, ""))
    signed = [name not in _positive_gates(cell) for name in names]
    ax = axes_or_new(ax)
    for name, below, values in zip(names, signed, gates.transpose(GATE, ...).values, strict=True):
        _draw(ax, name, values, bin_edges(values, signed=below))
    _mark_thresholds(ax, names, cell)
    low, high = (-1 if any(signed) else 0), max(1.0, ax.dataLim.x1)
    ax.set_xlim(low - 1 / 254, high)
    set_end_ticks(ax.xaxis, low, high, count=2)
    ax.set_ylim(bottom=0)
    ax.yaxis.set_major_locator(MaxNLocator(nbins=4))
    gate_legend(ax, names, loc="best")
    ax.set_xlabel(f"{gates.attrs.get('long_name', GATES)}\n(dotted: thresholds of saturation)")
    ax.set_ylabel("share of activations")
    ax.set_title(f"training step {int(gates[STEP])}" if STEP in gates.coords else "")
    return ax


def bin_edges(values: np.ndarray, *, signed: bool) -> np.ndarray:
    """Edges of bins that cover [0, 1], or [-1, 1], or beyond where activations lie beyond.

    Parameters
    ----------
    values : ndarray
        Activations; what is not finite does not count.
    signed : bool
        Whether they may be negative.

    Returns
    -------
    ndarray, shape (bin + 1,)
        `BIN_WIDTH` apart, half a step of 1/127 off the steps. Beyond four times as many bins, wider ones.
    """
    top = float(np.max(values, initial=1.0, where=np.isfinite(values)))
    upwards = int(np.ceil((top + 1 / 254) / BIN_WIDTH - 1e-6))
    width = BIN_WIDTH * max(1, int(np.ceil(upwards / 128)))
    upwards = int(np.ceil((top + 1 / 254) / width - 1e-6))
    return np.arange(-upwards if signed else 0, upwards + 1) * width - 1 / 254


def shares(values: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Share of the finite values in every bin, shape (bin,); NaN where there is none."""
    counts = np.histogram(values[np.isfinite(values)], bins=edges)[0]
    return counts / counts.sum() if counts.sum() else np.full(len(counts), np.nan)


def _draw(ax: Axes, gate: str, values: np.ndarray, edges: np.ndarray) -> None:
    width = plt.rcParams["lines.linewidth"]
    colour = gate_colour(gate)
    ax.stairs(shares(values, edges), edges, baseline=None, color=colour, linewidth=width, label=gate)


def _positive_gates(cell: str) -> tuple[str, ...]:
    """Gates of a cell that are never negative."""
    return ("hidden",) if cell == "rnn_relu" else CELLS[cell].sigmoid_gates if cell in CELLS else ()


def _mark_thresholds(ax: Axes, names: list[str], cell: str) -> None:
    if cell == "rnn_relu":
        return
    sigmoid = set(names) & set(_positive_gates(cell))
    places = {SIGMOID_LOW, SIGMOID_HIGH} if sigmoid else set()
    places |= {TANH_LOW, TANH_HIGH} if set(names) - sigmoid else set()
    for place in sorted(places):
        ax.axvline(place, color=GREY, linestyle=":", linewidth=0.6 * plt.rcParams["lines.linewidth"])
