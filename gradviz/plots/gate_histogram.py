"""How the activations of each gate are distributed."""

from __future__ import annotations

import math

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from gradviz.cell_descriptions import CellDescription, cell_of
from gradviz.measures.gate_histogram import BIN_HIGH, BIN_LOW, COUNT, Of, gate_histogram
from gradviz.plots.drawing.canvas import axes_or_new
from gradviz.plots.drawing.gate_legend import gate_legend
from gradviz.plots.drawing.gate_order import gates_in_order
from gradviz.plots.drawing.gate_scale import largest_drawn
from gradviz.plots.drawing.palette import GREY, gate_colours
from gradviz.plots.drawing.plain_text import plain_text
from gradviz.plots.drawing.recorded_step import one_step, step_name
from gradviz.plots.drawing.saturated_fraction import thresholds
from gradviz.plots.drawing.ticks import set_end_ticks
from gradviz.recording.any_selection import takes_any_selection
from gradviz.vocabulary import GATE, GATES, UNIT, UNIT_MEAN

BINS = 32
"""Files store gates in steps of 1/127. With 32 bins, every bin contains the same number of these steps."""


@takes_any_selection(GATE, UNIT)
def plot_gate_histogram(
    data: xr.Dataset | xr.DataTree,
    *,
    ax: Axes | None = None,
    of: Of = "activations",
    step: int | None = None,
    module: str | None = None,
    layer: int | None = None,
    direction: str | None = None,
    call: int | None = None,
) -> Axes:
    """Density of gate activations over their range, one line for each gate.

    Parameters
    ----------
    data : Dataset or DataTree
        Has ``gates``, dims (step, layer, direction, time, sample, gate, unit) (``detail="full"``), or
        ``unit_mean``, dims (step, layer, direction, gate, unit). Choose gates with
        ``data.sel(gate=["forget"])``.
    ax : Axes, optional
    of : {"activations", "units"}
        Count every activation, or the mean activation of every unit.
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
        Its patches are the histograms, one for each gate, with an area of 1. Dotted lines are the saturation
        thresholds. The last bin of an exponential gate also counts the few activations far above the others.

    Raises
    ------
    BadRecording, UnknownName
        If the variable to count was not recorded, if there is no such `of`, step, module, layer, direction
        or call.

    Examples
    --------
    >>> import gradviz as gv
    >>> from torch import nn
    >>> tree = gv.probe(nn.GRU(2, 4, batch_first=True), length=20)
    >>> ax = gv.plot_gate_histogram(tree)
    >>> [patch.get_label() for patch in ax.patches]
    ['reset', 'update', 'candidate']
    """
    series = gates_in_order(one_step(data, step, module=module, layer=layer, direction=direction, call=call))
    counted = gate_histogram(_without_tails(series, of), bins=BINS, of=of)
    names = [str(name) for name in counted[GATE].values]
    ax = axes_or_new(ax)
    for place, (name, colour) in enumerate(zip(names, gate_colours(names), strict=True)):
        _draw(ax, name, colour, counted.isel({GATE: place}))
    _mark_thresholds(ax, names, cell_of(series.attrs))
    low, high = ax.dataLim.intervalx
    ax.set_xlim(low, high)
    set_end_ticks(ax.xaxis, low, high, count=2)
    ax.set_ylim(bottom=0)
    ax.yaxis.set_major_locator(MaxNLocator(nbins=4))
    gate_legend(ax, names, loc="best")
    what = "gate activation" if of == "activations" else "mean gate activation of a unit"
    is_cut = "exp" in [cell_of(series.attrs).squash[name] for name in names]
    ax.set_xlabel(f"{what}\n(dotted: saturation thresholds{'; exp: last bin and above' if is_cut else ''})")
    ax.set_ylabel(f"density of {of}")
    ax.set_title(step_name(counted))
    return ax


def _without_tails(series: xr.Dataset, of: Of) -> xr.Dataset:
    """The recording with the few very large activations of exponential gates in their last bin."""
    variable = GATES if of == "activations" else UNIT_MEAN
    squash = cell_of(series.attrs).squash
    if variable not in series or "exp" not in squash.values():
        return series
    values = series[variable]
    names = values[GATE].values.tolist()
    tops = [largest_drawn(values.sel({GATE: n}).values) if squash[n] == "exp" else np.inf for n in names]
    highest = xr.DataArray(tops, dims=GATE, coords={GATE: values[GATE]})
    return series.assign({variable: values.where(~(values > highest), highest)})


def _draw(ax: Axes, gate: str, colour: str, counted: xr.Dataset) -> None:
    counts = counted[COUNT].values
    edges = np.append(counted[BIN_LOW].values, counted[BIN_HIGH].values[-1])
    density = counts / max(counts.sum(), 1) / np.diff(edges)
    width = plt.rcParams["lines.linewidth"]
    ax.stairs(density, edges, baseline=None, color=colour, linewidth=width, label=plain_text(gate))


def _mark_thresholds(ax: Axes, gates: list[str], cell: CellDescription) -> None:
    sharp = [gate for gate in gates if cell.squash[gate] != "relu"]  # a relu is saturated at exactly 0
    places = {edge for gate in sharp for edge in thresholds(cell, gate) if math.isfinite(edge)}
    for place in sorted(places):
        ax.axvline(place, color=GREY, linestyle=":", linewidth=0.6 * plt.rcParams["lines.linewidth"])
