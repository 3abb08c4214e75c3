"""Peak memory of the native and of the recorded training step against the length of the sequence."""

from __future__ import annotations

import math
from collections.abc import Sequence

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gradviz.benchmark.peak_memory import Memory
from gradviz.benchmark.picture import set_log_ticks
from gradviz.cell_descriptions import CELLS
from gradviz.plots.drawing.canvas import axes_or_new
from gradviz.plots.drawing.headline import write_headline
from gradviz.plots.drawing.line_labels import LineEnd, label_line_ends
from gradviz.plots.drawing.palette import cell_line

_MEGABYTE = 1e6
_MEMORY_TICKS = tuple(digit * 10.0**power for power in range(-1, 6) for digit in (1, 3))


def plot_memory(memories: Sequence[Memory], *, ax: Axes | None = None) -> Axes:
    """Peak memory in megabytes against the number of time steps, on log axes.

    Parameters
    ----------
    memories : sequence of Memory
        Measurements of one cell, the short sequences first.
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    ax = axes_or_new(ax)
    ends = _draw(ax, memories)
    label_line_ends(ax, ends)
    return ax


def figure_memory(memories: Sequence[Memory]) -> Figure:
    """The plot of `plot_memory` with a headline that says how fast memory grows.

    Raises
    ------
    ValueError
        If there are no measurements.
    """
    if not memories:
        raise ValueError("no memory measurements to draw: give at least one")
    width, height = plt.rcParams["figure.figsize"]
    figure, ax = plt.subplots(layout="constrained", figsize=(0.75 * width, 0.85 * height))
    ends = _draw(ax, memories)
    write_headline(figure, headline(memories))
    label_line_ends(ax, ends)
    return figure


def headline(memories: Sequence[Memory]) -> str:
    """Ratio of the recorded to the native peak, and how it grows with the length."""
    first, last = memories[0], memories[-1]
    ratios = sorted(m.recorded_bytes / m.native_bytes for m in memories)
    label = CELLS[first.cell].label
    if first.length == last.length:
        return f"{label}: recording needs {ratios[0]:.2f} times the memory"
    claim = f"{label}: recording needs {ratios[0]:.2f} to {ratios[-1]:.2f} times the memory"
    power = math.log(last.recorded_bytes / first.recorded_bytes) / math.log(last.length / first.length)
    return f"{claim}, which grows as T$^{{{power:.2f}}}$"


def _draw(ax: Axes, memories: Sequence[Memory]) -> list[LineEnd]:
    ax.set_xscale("log")
    ax.set_yscale("log")
    lengths = [m.length for m in memories]
    ends = []
    for variant, (label, values) in enumerate(
        {
            "recorded": [m.recorded_bytes / _MEGABYTE for m in memories],
            "native": [m.native_bytes / _MEGABYTE for m in memories],
        }.items()
    ):
        line = cell_line(memories[0].cell, variant)
        ax.plot(
            lengths, values, color=line.colour, linestyle=line.dash, marker="o", markersize=5, label=label
        )
        ends.append(LineEnd(lengths[-1], values[-1], label, line.colour))
    if len(lengths) == 1:  # the two values are close, and no tick is between them
        ax.set_ylim(memories[0].native_bytes / _MEGABYTE / 3, memories[0].recorded_bytes / _MEGABYTE * 3)
    set_log_ticks(ax.xaxis, lengths[:: math.ceil(len(lengths) / 5)])
    set_log_ticks(ax.yaxis, _MEMORY_TICKS)
    ax.set_xlabel("time steps, T")
    ax.set_ylabel("peak memory of a training step, MB")
    return ends
