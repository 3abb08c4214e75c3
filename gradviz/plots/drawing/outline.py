"""An outline around text, so that it stays legible on top of curves and images."""

from __future__ import annotations

import matplotlib.pyplot as plt
from matplotlib import patheffects
from matplotlib.text import Text


def outline(text: Text, *, colour: str | None = None, width: float = 3) -> None:
    """Draw an outline around a text.

    Parameters
    ----------
    text : Text
    colour : str, optional
        By default the background colour of the current style.
    width : float
        Points.
    """
    foreground = plt.rcParams["axes.facecolor"] if colour is None else colour
    text.set_path_effects([patheffects.withStroke(linewidth=width, foreground=foreground)])
