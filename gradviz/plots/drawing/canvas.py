"""The axes to draw on, and the figure that they are in."""

from __future__ import annotations

from typing import Literal

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure


def axes_or_new(ax: Axes | None, *, layout: Literal["constrained", "compressed"] = "constrained") -> Axes:
    """The given axes, or those of a new figure with this layout; "compressed" suits equal aspect ratios.

    Raises
    ------
    TypeError
        If `ax` is neither Axes nor None.
    """
    if ax is None:
        return plt.subplots(layout=layout)[1]
    if not isinstance(ax, Axes):
        raise TypeError(f"ax is {type(ax).__name__}: must be one Axes, or None for a new figure")
    return ax


def figure_of(ax: Axes) -> Figure:
    """The figure that contains the axes, directly or in a subfigure."""
    figure = ax.get_figure(root=True)
    if not isinstance(figure, Figure):
        raise ValueError("these axes have been removed from their figure; give axes that are in a figure")
    return figure
