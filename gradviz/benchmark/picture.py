"""Cost of each case relative to the native step, against the length of the sequence."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from gradviz.benchmark.cases import CASES, Case
from gradviz.benchmark.measurement import Measurement
from gradviz.benchmark.settings import LIMIT_LENGTH
from gradviz.cell_descriptions import CELLS
from gradviz.plots.drawing.canvas import axes_or_new
from gradviz.plots.drawing.headline import write_headline
from gradviz.plots.drawing.line_labels import LineEnd, label_line_ends
from gradviz.plots.drawing.palette import GREY, Line, cell_colour, cell_line, ink, legible_colour, text_colour

_RATIO_TICKS = (0.01, 0.1, 0.5, 1, 1.2, 1.6, 2, 3, 5, 10, 20, 50, 100, 1000)
_LIMIT_WIDTH = 1.35  # half width of the mark of a limit, as a factor


def figure_times(measurements: Sequence[Measurement], cases: Mapping[str, Case] = CASES) -> Figure:
    """Ratio to the native step against the number of time steps on log axes, one panel for each cell.

    Cases that are not training steps are left out.

    Parameters
    ----------
    measurements : sequence of Measurement
    cases : mapping of name to Case
        Their order decides shade and dash.

    Returns
    -------
    Figure
        The lines are labelled at the right of the last panel.

    Raises
    ------
    ValueError
        If there are no measurements of training steps.
    """
    measurements = [m for m in measurements if cases[m.case].is_training]
    if not measurements:
        raise ValueError("no measurement of a training step to draw: give at least one")
    cells = list(dict.fromkeys(m.cell for m in measurements))
    width, height = plt.rcParams["figure.figsize"]
    figure, panels = plt.subplots(
        1, len(cells), sharey=True, squeeze=False, layout="constrained", figsize=(width, 0.85 * height)
    )
    ends: list[LineEnd] = []
    for ax, cell in zip(panels[0], cells, strict=True):
        ends = _draw_cell(ax, [m for m in measurements if m.cell == cell], cases)
        ax.set_title(CELLS[cell].label, color=text_colour(cell_colour(cell)))
    panels[0, 0].set_ylabel("time of a training step,\nrelative to the native one")
    meaning = "time steps (line: median of paired runs, band: quartiles)"
    figure.supxlabel(meaning, fontsize=plt.rcParams["axes.labelsize"])
    label_limits(panels[0, 0], measurements)
    ratios = [value for m in measurements for value in m.ratio]
    panels[0, 0].set_ylim(min(0.95, *ratios) * 0.97, max(1.7, *ratios) * 1.08)
    set_log_ticks(panels[0, 0].yaxis, _RATIO_TICKS)
    write_headline(figure, headline(measurements, cases))
    label_line_ends(panels[0, -1], ends)
    return figure


def plot_ratios(
    measurements: Sequence[Measurement], *, ax: Axes | None = None, cases: Mapping[str, Case] = CASES
) -> Axes:
    """Ratio to the native step against the number of time steps, for one cell.

    Parameters
    ----------
    measurements : sequence of Measurement
        Measurements of one cell.
    ax : Axes, optional
    cases : mapping of name to Case
        A case with a ``max_length`` is drawn as open points.

    Returns
    -------
    Axes
        Both axes are logarithmic.  Lines and points are medians, bands and thin bars are quartiles, and
        short thick bars are limits.
    """
    ax = axes_or_new(ax)
    _draw_cell(ax, measurements, cases)
    return ax


def headline(measurements: Sequence[Measurement], cases: Mapping[str, Case] = CASES) -> str:
    """Cost, over the cells, of the first and the last case at the length nearest to `LIMIT_LENGTH`."""
    lengths = {m.length for m in measurements}
    near = min(lengths, key=lambda length: abs(math.log(length / LIMIT_LENGTH)))
    found = {
        name: [m.ratio.median for m in measurements if (m.case, m.length) == (name, near)] for name in cases
    }
    parts = [f"{cases[name].title}: {_range(ratios)} times" for name, ratios in found.items() if ratios]
    claim = f"{parts[0][0].upper()}{parts[0][1:]} the native step at {near} time steps"
    return f"{claim}; {parts[-1]}" if len(parts) > 1 else claim


def set_log_ticks(axis: Axis, places: Sequence[float]) -> None:
    """Plain numbers as ticks at the given places, without minor ticks, on a logarithmic axis."""
    low, high = axis.get_view_interval()
    shown = [place for place in places if low <= place <= high]
    axis.set_ticks(shown, labels=[f"{place:g}" for place in shown])
    axis.set_minor_locator(NullLocator())


def label_limits(ax: Axes, measurements: Sequence[Measurement]) -> None:
    """Label the mark of the highest limit."""
    limits = [(limit, m.length) for m in measurements if (limit := m.limit_to_native) is not None]
    if limits:
        limit, length = max(limits)
        ax.annotate(
            "limit",
            xy=(length, limit),
            xytext=(0, 2),
            textcoords="offset points",
            ha="center",
            va="bottom",
            color=ink(),
            fontsize=plt.rcParams["ytick.labelsize"],
        )


def _draw_cell(ax: Axes, measurements: Sequence[Measurement], cases: Mapping[str, Case]) -> list[LineEnd]:
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.axhline(1, color=GREY, linewidth=1, zorder=0)
    ends = []
    variant = 0
    for name, case in cases.items():
        rows = sorted((m for m in measurements if m.case == name), key=lambda m: m.length)
        if rows:
            # A case with a max_length does not use up a shade, because there are only four.
            ends.append(_draw_case(ax, rows, case, cell_line(rows[0].cell, variant)))
        variant += case.max_length is None
    lengths = sorted({m.length for m in measurements})
    margin = max(1.15, 4 / math.sqrt(lengths[-1] / lengths[0]))  # room for the marks of the limits
    ax.set_xlim(lengths[0] / margin, lengths[-1] * margin)
    set_log_ticks(ax.xaxis, lengths[:: math.ceil(len(lengths) / 4)])
    return ends


def _draw_case(ax: Axes, rows: Sequence[Measurement], case: Case, line: Line) -> LineEnd:
    lengths = [m.length for m in rows]
    low, middle, high = zip(*(m.ratio for m in rows), strict=True)
    if case.max_length is None:
        ax.fill_between(lengths, low, high, color=line.colour, alpha=0.22, linewidth=0)
        ax.plot(lengths, middle, color=line.colour, linestyle=line.dash, marker="o", label=case.title)
    else:
        line = cell_line(rows[0].cell)
        ax.vlines(lengths, low, high, color=line.colour, linewidth=1)
        ax.plot(lengths, middle, "o", color=line.colour, markerfacecolor="none", label=case.title)
    for m in rows:
        limit = m.limit_to_native
        if limit is not None:
            reach = [m.length / _LIMIT_WIDTH, m.length * _LIMIT_WIDTH]
            ax.plot(reach, [limit, limit], color=ink(), linewidth=2, solid_capstyle="butt", label="limit")
    return LineEnd(lengths[-1], middle[-1], case.title.replace(", ", ",\n"), legible_colour(line.colour))


def _range(values: Sequence[float]) -> str:
    low, high = f"{min(values):.3g}", f"{max(values):.3g}"
    return low if low == high else f"{low} to {high}"
