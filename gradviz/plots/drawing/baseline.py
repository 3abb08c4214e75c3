"""The trivial predictor: a dashed grey line with its meaning written on it."""

from __future__ import annotations

import textwrap

from matplotlib.axes import Axes

from gradviz.plots.drawing.fit_text import font_size
from gradviz.plots.drawing.outline import outline
from gradviz.plots.drawing.palette import GREY, ink
from gradviz.plots.drawing.plain_text import plain_text

TRIVIAL = "trivial predictor"


def draw_baseline(ax: Axes, baseline: float) -> None:
    """Draw the trivial predictor's value as a dashed grey line."""
    ax.axhline(baseline, color=GREY, linestyle=(0, (5, 3)), zorder=2.5, gid=TRIVIAL)


def name_baseline(ax: Axes, baseline: float, meaning: str, *, outside: bool) -> None:
    """Write what the trivial predictor does at the right end of its line.

    Parameters
    ----------
    ax : Axes
    baseline : float
    meaning : str
        For example "always predict 1".
    outside : bool
        To the right of the axes; otherwise inside them, above the line.
    """
    size = font_size("xtick.labelsize")
    text = ax.annotate(
        plain_text(textwrap.fill(meaning, 20) if outside else meaning),
        xy=(1, baseline),
        xycoords=ax.get_yaxis_transform(),
        xytext=(0.4 * size, 0) if outside else (-2, 0.4 * size),
        textcoords="offset points",
        ha="left" if outside else "right",
        va="center" if outside else "bottom",
        color=ink(),
        fontsize=size,
        gid=TRIVIAL,
        annotation_clip=False,
    )
    outline(text)
