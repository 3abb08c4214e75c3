"""The claim at the top of a figure, bold and left, broken into lines that fit."""

from __future__ import annotations

import textwrap

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

_WIDTH_OF_LETTER = 0.66  # of the font size, bold


def write_headline(figure: Figure, claim: str) -> None:
    """Write a figure's claim above everything, at the left edge.

    Parameters
    ----------
    figure : Figure
        Its width decides where the claim is broken.
    claim : str
        A sentence.
    """
    size = float(plt.rcParams["figure.titlesize"])
    letters = int(figure.get_figwidth() * 72 * 0.97 / (size * _WIDTH_OF_LETTER))
    figure.suptitle("\n".join(textwrap.wrap(claim, letters)), x=0.012, ha="left", fontweight="bold")
