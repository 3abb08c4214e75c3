"""Marks for values that a colour scale cannot show: zero, underflow, non-finite, missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Patch, PathPatch
from matplotlib.path import Path
from matplotlib.transforms import ScaledTranslation

from gradviz.plots.drawing.canvas import figure_of
from gradviz.plots.drawing.palette import MARKS

ZERO, UNDERFLOW, NON_FINITE, MISSING = MARKS

MEANINGS = {
    ZERO: "exactly zero",
    UNDERFLOW: "below float range",
    NON_FINITE: "not finite",
    MISSING: "nothing recorded",
}


def marked_cells(log10: np.ndarray, underflow: np.ndarray | None = None) -> dict[str, np.ndarray]:
    """The cells that get each mark.

    Parameters
    ----------
    log10 : ndarray
        -inf is exactly zero, +inf not finite, NaN missing.
    underflow : ndarray of bool, same shape, optional
        Where the gradient used in training was below its float range; counts only in finite cells.

    Returns
    -------
    dict of str to ndarray of bool, same shape
        In the order of ``palette.MARKS``; no cell has two marks.
    """
    lost = np.zeros(log10.shape, dtype=bool) if underflow is None else underflow
    return {
        ZERO: np.isneginf(log10),
        UNDERFLOW: lost & np.isfinite(log10),
        NON_FINITE: np.isposinf(log10),
        MISSING: np.isnan(log10),
    }


def draw_marks(ax: Axes, cells: Mapping[str, np.ndarray], x_edges: np.ndarray, y_edges: np.ndarray) -> None:
    """Fill marked cells with their flat colour and hatching.

    Parameters
    ----------
    ax : Axes
    cells : mapping of str to ndarray of bool, shape (row, column)
        As returned by `marked_cells`.
    x_edges, y_edges : ndarray, shape (column + 1,), (row + 1,)
        In data coordinates.
    """
    for name, mask in cells.items():
        if mask.any():
            mark = MARKS[name]
            patch = PathPatch(
                cells_path(mask, x_edges, y_edges),
                facecolor=mark.colour,
                edgecolor=mark.ink,
                hatch=mark.hatch,
                linewidth=0,
                rasterized=True,
                gid=name,
            )
            ax.add_artist(patch)  # add_patch would loop over every segment in Python


def count_marks(grids: Iterable[Mapping[str, np.ndarray]]) -> dict[str, int]:
    """Number of cells with each mark, over all grids; marks that do not occur are left out."""
    totals = dict.fromkeys(MARKS, 0)
    for grid in grids:
        for name, mask in grid.items():
            totals[name] += int(mask.sum())
    return {name: total for name, total in totals.items() if total}


def mark_handles(counts: Mapping[str, int], notes: Mapping[str, str] | None = None) -> Sequence[Patch]:
    """Legend entries of the marks that occur, with their counts and further notes."""
    more = {name: f", {note}" for name, note in (notes or {}).items()}
    return [
        Patch(
            facecolor=MARKS[name].colour,
            edgecolor=MARKS[name].ink,
            hatch=MARKS[name].hatch,
            linewidth=0,
            label=f"{MEANINGS[name]} ({total:,} cell{'s' if total > 1 else ''}{more.get(name, '')})",
        )
        for name, total in counts.items()
    ]


def legend_below(ax: Axes, counts: Mapping[str, int], notes: Mapping[str, str] | None = None) -> None:
    """Draw a legend of the marks that occur, below the tick labels and the axis label.

    Parameters
    ----------
    ax : Axes
    counts : mapping of str to int
        As returned by `count_marks`.
    notes : mapping of str to str, optional
        More text for the entry of a mark.
    """
    if not counts:
        return
    # the height of the tick labels and the axis label is known in points, not in axes coordinates
    down = 3.6 * plt.rcParams["font.size"] / 72
    ax.legend(
        handles=list(mark_handles(counts, notes)),
        loc="upper left",
        bbox_to_anchor=(0, 0),
        bbox_transform=ax.transAxes + ScaledTranslation(0, -down, figure_of(ax).dpi_scale_trans),
        ncols=2,
        borderaxespad=0,
    )


def cells_path(mask: np.ndarray, x_edges: np.ndarray, y_edges: np.ndarray) -> Path:
    """One path around marked cells, made of rectangles that are runs of neighbours in a column.

    Parameters
    ----------
    mask : ndarray of bool, shape (row, column)
    x_edges, y_edges : ndarray, shape (column + 1,), (row + 1,)
        In data coordinates.

    Returns
    -------
    Path
    """
    columns = np.pad(mask.T.astype(np.int8), ((0, 0), (1, 1)))
    change = np.diff(columns, axis=1)
    column, start = np.nonzero(change == 1)
    _, stop = np.nonzero(change == -1)
    left, right, low, high = x_edges[column], x_edges[column + 1], y_edges[start], y_edges[stop]
    corners = np.stack(
        [
            np.stack([left, low], -1),
            np.stack([right, low], -1),
            np.stack([right, high], -1),
            np.stack([left, high], -1),
            np.stack([left, low], -1),
        ],
        axis=1,
    )
    codes = np.tile([Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY], len(corners))
    return Path(corners.reshape(-1, 2), codes)
