"""The claim at the top of a figure, bold and left, broken into lines that fit."""

from __future__ import annotations

from matplotlib.figure import Figure

from gradviz.plots.drawing.fit_text import fit_text, font_size


def write_headline(figure: Figure, claim: str) -> None:
    """Write a figure's claim above everything, at the left edge.

    Parameters
    ----------
    figure : Figure
        Its width decides where the claim is broken.
    claim : str
        A sentence.
    """
    size = font_size("figure.titlesize")
    room = figure.get_figwidth() * 72 * 0.96
    lines = fit_text(claim, width=room, size=size, bold=True)
    figure.suptitle(lines, x=0.012, ha="left", fontsize=size, fontweight="bold")
