"""Where to draw: the axes that were given, or new ones."""

from __future__ import annotations

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure


def axes_or_new(ax: Axes | None) -> Axes:
    """The axes that were given, or those of a new figure with constrained layout."""
    return plt.subplots(layout="constrained")[1] if ax is None else ax


def figure_of(ax: Axes) -> Figure:
    """The figure that some axes are in, also through subfigures."""
    figure = ax.get_figure(root=True)
    if not isinstance(figure, Figure):
        raise ValueError("these axes have been removed from their figure; give others")
    return figure
