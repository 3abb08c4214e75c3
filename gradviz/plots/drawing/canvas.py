"""Where to draw: the axes that were given, or new ones."""

from __future__ import annotations

from typing import Literal

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure


def axes_or_new(ax: Axes | None, *, layout: Literal["constrained", "compressed"] = "constrained") -> Axes:
    """The axes that were given, or those of a new figure with that layout; compressed suits equal units.

    Raises
    ------
    TypeError
        If something else was given.
    """
    if ax is None:
        return plt.subplots(layout=layout)[1]
    if not isinstance(ax, Axes):
        raise TypeError(f"ax is {type(ax).__name__}: must be one Axes, or None for a new figure")
    return ax


def figure_of(ax: Axes) -> Figure:
    """The figure that some axes are in, also through subfigures."""
    figure = ax.get_figure(root=True)
    if not isinstance(figure, Figure):
        raise ValueError("these axes have been removed from their figure; give others")
    return figure
