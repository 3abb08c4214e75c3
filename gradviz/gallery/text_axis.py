"""A text along an axis, one character a time step."""

from __future__ import annotations

from matplotlib.axes import Axes

from gradviz.plots.fit_text import font_size, text_width


def write_text(ax: Axes, text: str) -> None:
    """Characters as tick labels at 0, 1, 2, ..., as large as fits and at most as the style's tick labels.

    Parameters
    ----------
    ax : Axes
        As wide as it will be; about four fifths of its figure are assumed.
    text : str
    """
    size = font_size("xtick.labelsize")
    figure = ax.get_figure(root=True)
    room = 0.8 * figure.get_figwidth() * 72 / len(text) if figure is not None else size
    size = min(size, size * room / text_width("m", size=size))
    ax.set_xticks(range(len(text)), list(text), family="monospace", fontsize=size)
    ax.tick_params(axis="x", length=0)
    for label in ax.get_xticklabels():
        label.set_horizontalalignment("center")
