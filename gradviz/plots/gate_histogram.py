"""How often a gate takes which value."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from gradviz.measures.gate_histogram import BIN_HIGH, BIN_LOW, COUNT, Of, gate_histogram
from gradviz.plots.drawing.canvas import axes_or_new
from gradviz.plots.drawing.gate_legend import gate_legend
from gradviz.plots.drawing.palette import GREY, gate_colour
from gradviz.plots.drawing.recorded_step import one_step, step_name
from gradviz.plots.drawing.saturated_fraction import thresholds
from gradviz.plots.drawing.ticks import set_end_ticks
from gradviz.vocabulary import CELL, CELLS, GATE

BINS = 32
"""A file keeps gates in steps of 1/127: 32 bins hold as many of them each, so that none stands out."""


def plot_gate_histogram(
    data: xr.Dataset | xr.DataTree,
    *,
    ax: Axes | None = None,
    of: Of = "activations",
    step: int | None = None,
    module: str | None = None,
    layer: int | None = None,
    direction: str | None = None,
) -> Axes:
    """Density of a gate's activations over their range, a line for each gate.

    Parameters
    ----------
    data : Dataset or DataTree
        Has ``gates``, dims (step, layer, direction, time, sample, gate, unit) (``detail="full"``), or
        ``unit_mean``, dims (step, layer, direction, gate, unit). ``data.sel(gate=["forget"])`` chooses
        gates; of a module called several times in a step, one call: ``data.sel(call=0)``.
    ax : Axes, optional
    of : {"activations", "units"}
        Every activation, or of every unit its mean.
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
        Its patches are one line of steps for each gate, over an area of 1. Dotted lines are the thresholds
        of saturation.

    Raises
    ------
    BadRecording, UnknownName
        If what is counted was not recorded, or there is no such step, module, layer or direction, or several
        calls.
    """
    series = one_step(data, step, module=module, layer=layer, direction=direction)
    counted = gate_histogram(series, bins=BINS, of=of)
    names = [str(name) for name in counted[GATE].values]
    ax = axes_or_new(ax)
    for place, name in enumerate(names):
        _draw(ax, name, counted.isel({GATE: place}))
    _mark_thresholds(ax, names, str(series.attrs[CELL]))
    low, high = ax.dataLim.intervalx
    ax.set_xlim(low, high)
    set_end_ticks(ax.xaxis, low, high, count=2)
    ax.set_ylim(bottom=0)
    ax.yaxis.set_major_locator(MaxNLocator(nbins=4))
    gate_legend(ax, names, loc="best")
    what = "gate activation" if of == "activations" else "mean gate activation of a unit"
    ax.set_xlabel(f"{what}\n(dotted: thresholds of saturation)")
    ax.set_ylabel(f"density of {of}")
    ax.set_title(step_name(counted))
    return ax


def _draw(ax: Axes, gate: str, counted: xr.Dataset) -> None:
    counts = counted[COUNT].values
    edges = np.append(counted[BIN_LOW].values, counted[BIN_HIGH].values[-1])
    density = counts / max(counts.sum(), 1) / np.diff(edges)
    width, colour = plt.rcParams["lines.linewidth"], gate_colour(gate)
    ax.stairs(density, edges, baseline=None, color=colour, linewidth=width, label=gate)


def _mark_thresholds(ax: Axes, gates: list[str], cell: str) -> None:
    if CELLS[cell].is_rectified:
        return
    places = {edge for gate in gates for edge in thresholds(cell, gate)}
    for place in sorted(places):
        ax.axvline(place, color=GREY, linestyle=":", linewidth=0.6 * plt.rcParams["lines.linewidth"])
