"""The lines of several runs, and their names: each at the end of its line, or of many runs only the cells."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from gradviz.cell_descriptions import CELLS
from gradviz.plots.drawing.line_labels import LineEnd, label_line_ends
from gradviz.plots.drawing.palette import Line, legible_colour, line_of, lines_of

MOST_NAMED = 10
"""So many names fit beside the axes."""


def looks_of_runs(cells: Sequence[str], names: Sequence[str]) -> list[Line]:
    """One line for each run; of many runs, those of the same cell have the same line.

    Parameters
    ----------
    cells : sequence of str
        The cell of each run.
    names : sequence of str
        What `variant_of` calls each run.

    Returns
    -------
    list of Line
    """
    return lines_of(names) if len(cells) <= MOST_NAMED else [line_of(cell) for cell in cells]


def name_runs(ax: Axes, ends: Sequence[LineEnd | None], cells: Sequence[str]) -> None:
    """Write the name of every run at the end of its line; of many runs, a legend names and counts the cells.

    Parameters
    ----------
    ax : Axes
        Its limits are final.
    ends : sequence of LineEnd or None
        Of each run, then of any other lines.
    cells : sequence of str
        The cell of each run.
    """
    if len(cells) <= MOST_NAMED:
        label_line_ends(ax, ends)
        return
    label_line_ends(ax, ends[len(cells) :])
    handles = []
    for cell, count in Counter(cells).items():
        look = line_of(cell)
        name = CELLS[cell].label if cell in CELLS else cell
        style: dict[str, Any] = {"color": look.colour, "linestyle": look.dash}
        handles.append(Line2D([], [], label=f"{name} ({count} run{'s' * (count > 1)})", **style))
    legend = ax.legend(handles=handles, loc="best")
    for text, handle in zip(legend.get_texts(), handles, strict=True):
        text.set_color(legible_colour(str(handle.get_color())))
