"""Names at the ends of lines, moved apart so that they do not overlap."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from gradviz.plots.drawing.canvas import figure_of
from gradviz.plots.drawing.palette import text_colour
from gradviz.plots.drawing.plain_text import plain_text

_LINE_HEIGHT = 1.45  # in font sizes


class LineEnd(NamedTuple):
    """The end of a line, in data coordinates, with its name and colour."""

    x: float
    y: float
    text: str
    colour: str


def line_end(x: np.ndarray, y: np.ndarray, text: str, colour: str) -> LineEnd | None:
    """The last finite point of a line; None where no value is finite.

    Parameters
    ----------
    x, y : ndarray, shape (n,)
    text : str
        The line's name.
    colour : str
    """
    drawn = np.flatnonzero(np.isfinite(y))
    return LineEnd(float(x[drawn[-1]]), float(y[drawn[-1]]), text, colour) if len(drawn) else None


def label_line_ends(ax: Axes, line_ends: Sequence[LineEnd | None]) -> None:
    """Write names to the right of the axes, level with the ends of their lines, without overlap.

    Parameters
    ----------
    ax : Axes
        Its limits are final.
    line_ends : sequence of LineEnd or None
        A name that had to move is joined to the end of its line by a thin leader. None is left out.
    """
    ends = [end for end in line_ends if end is not None]
    if not ends:
        return
    figure = figure_of(ax)
    figure.draw_without_rendering()
    height = ax.get_window_extent().height * 72 / figure.dpi
    size = float(plt.rcParams["font.size"])
    gap = size * _LINE_HEIGHT * (1 + max(end.text.count("\n") for end in ends)) / max(height, 1)
    to_axes = ax.transData - ax.transAxes  # also on log axes
    wanted = np.clip(to_axes.transform([(end.x, end.y) for end in ends])[:, 1], 0, 1)
    for end, place, level in zip(ends, spread(wanted, gap), wanted, strict=True):
        moved = abs(place - level) > gap / 4
        ax.annotate(
            plain_text(end.text),
            xy=(end.x, end.y),
            xytext=(1.03, place),
            textcoords="axes fraction",
            color=text_colour(end.colour),
            fontsize=size,
            fontweight="bold",
            va="center",
            ha="left",
            annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": end.colour, "linewidth": 0.8, "shrinkB": 0}
            if moved or end.x < ax.get_xlim()[1]
            else None,
        )


def spread(wanted: np.ndarray, gap: float) -> np.ndarray:
    """Positions near `wanted` in the same order, at least `gap` apart, and within 0 and 1 if they fit.

    Parameters
    ----------
    wanted : ndarray, shape (n,)
    gap : float

    Returns
    -------
    ndarray, shape (n,)
        A cluster of positions that had to move apart is centred on the mean of its wanted positions, unless
        that is too close to 0 or 1.
    """
    order = np.argsort(wanted, kind="stable")
    clusters: list[list[float]] = []
    for value in np.asarray(wanted, dtype=np.float64)[order]:
        clusters.append([float(value)])
        while len(clusters) > 1 and _top(clusters[-2], gap) + gap > _bottom(clusters[-1], gap):
            clusters[-2:] = [clusters[-2] + clusters[-1]]
    parted = [_bottom(cluster, gap) + gap * rank for cluster in clusters for rank in range(len(cluster))]
    ranks = np.arange(len(wanted))
    places = np.empty(len(wanted))
    places[order] = np.minimum(np.maximum(parted, gap * ranks), 1 - gap * ranks[::-1])
    return places


def _bottom(cluster: Sequence[float], gap: float) -> float:
    return float(np.mean(cluster)) - gap * (len(cluster) - 1) / 2


def _top(cluster: Sequence[float], gap: float) -> float:
    return float(np.mean(cluster)) + gap * (len(cluster) - 1) / 2
