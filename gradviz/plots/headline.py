"""The claim at the top of a figure, bold and left, broken into lines that fit."""

from __future__ import annotations

import textwrap

import matplotlib.pyplot as plt
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextPath


def write_headline(figure: Figure, claim: str) -> None:
    """Write a figure's claim above everything, at the left edge.

    Parameters
    ----------
    figure : Figure
        Its width decides where the claim is broken.
    claim : str
        A sentence.
    """
    room = figure.get_figwidth() * 72 * 0.96  # points
    letters = len(claim)
    lines = [claim]
    while max(map(_width, lines)) > room and letters > 10:
        letters -= 1
        lines = textwrap.wrap(claim, letters)
    figure.suptitle("\n".join(lines), x=0.012, ha="left", fontweight="bold")


def _width(line: str) -> float:
    """In points, at the size and weight of a figure's title."""
    font = FontProperties(weight="bold", size=plt.rcParams["figure.titlesize"])
    return float(TextPath((0, 0), line, prop=font).get_extents().width)
