"""A gradient grid on axes: the mesh, its marks, its colour bar and the informative time steps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colorbar import Colorbar
from matplotlib.colors import Normalize
from matplotlib.image import PcolorImage
from matplotlib.patches import Rectangle

from gradviz.plots.drawing.cell_image import draw_cells
from gradviz.plots.drawing.colour_bar import colour_bar
from gradviz.plots.drawing.colour_limits import extend_of
from gradviz.plots.drawing.edges import cell_edges
from gradviz.plots.drawing.gradient_grid import GradientGrid
from gradviz.plots.drawing.marks import draw_marks
from gradviz.plots.drawing.outline import outline
from gradviz.plots.drawing.palette import AMBER, PAPER_DARK, gradient_map
from gradviz.plots.drawing.ticks import set_decade_ticks, set_end_ticks

INFORMATIVE = "informative time steps"

_BAR_WIDTH = 0.022  # as a fraction of the width of the axes


def draw_mesh(ax: Axes, grid: GradientGrid, norm: Normalize, *, until: float | None = None) -> PcolorImage:
    """Draw a grid with the training step to the right and time upwards.

    Parameters
    ----------
    ax : Axes
    grid : GradientGrid
    norm : Normalize
        Over log10 values.
    until : float, optional
        Last training step, recorded or not, as in `cell_edges`.

    Returns
    -------
    PcolorImage
        Its array, shape (time, step), is masked in marked cells.
    """
    x_edges, y_edges = cell_edges(grid.steps, until=until), cell_edges(grid.times)
    mesh = draw_cells(ax, grid.on_scale, x_edges, y_edges, colours=gradient_map(), norm=norm)
    draw_marks(ax, grid.marks, x_edges, y_edges)
    set_end_ticks(ax.xaxis, grid.steps[0], grid.steps[-1], count=2)
    set_end_ticks(ax.yaxis, grid.times[0], grid.times[-1])
    return mesh


def draw_colour_bar(
    mesh: PcolorImage, axes: Axes | Sequence[Axes], values: Iterable[np.ndarray], label: str
) -> Colorbar:
    """Draw the colour bar of panels on one scale over log10 values, with 10^n at whole decades.

    Parameters
    ----------
    mesh : PcolorImage
        The mesh of any of the panels.
    axes : Axes or sequence of Axes
        The panels, all in one figure.
    values : iterable of ndarray, of any shape
        All that is drawn; values beyond the limits give the bar an arrow at that end.
    label : str

    Returns
    -------
    Colorbar
    """
    bar = colour_bar(mesh, axes, label=label, extend=extend_of(values, mesh.get_clim()))
    set_decade_ticks(bar)
    return bar


def mark_informative(ax: Axes, times: Iterable[int], *, name: bool = True) -> None:
    """Mark the time steps on which the target depends with amber bars along the time axis.

    Parameters
    ----------
    ax : Axes
        Time goes upwards.
    times : iterable of int
        Neighbouring time steps share one bar.
    name : bool
        Write next to the first bar what it means.
    """
    runs = _runs(sorted(set(times)))
    for first, last in runs:
        ax.add_patch(
            Rectangle(
                (0, first - 0.5),
                _BAR_WIDTH,
                last - first + 1,
                transform=ax.get_yaxis_transform(),
                facecolor=AMBER,
                edgecolor=PAPER_DARK,
                linewidth=0.8,
                zorder=5,
                gid=INFORMATIVE,
            )
        )
    if name and runs:
        _name_informative(ax, *runs[0])


def _name_informative(ax: Axes, first: int, last: int) -> None:
    low, high = ax.get_ylim()
    middle = min(max((first + last) / 2, low + 0.08 * (high - low)), high - 0.08 * (high - low))
    text = ax.text(
        2 * _BAR_WIDTH,
        middle,
        INFORMATIVE.replace(" ", "\n", 1),
        transform=ax.get_yaxis_transform(),
        color=AMBER,
        va="center",
        fontsize=plt.rcParams["xtick.labelsize"],
        zorder=6,
        gid=INFORMATIVE,
    )
    outline(text, colour=PAPER_DARK, width=2.5)


def _runs(times: Sequence[int]) -> list[tuple[int, int]]:
    """First and last of every unbroken run of time steps."""
    runs: list[tuple[int, int]] = []
    for time in times:
        if runs and time == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], time)
        else:
            runs.append((time, time))
    return runs
