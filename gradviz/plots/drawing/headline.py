"""The claim at the top of a figure, bold, left-aligned and broken into lines that fit."""

from __future__ import annotations

from matplotlib.figure import Figure

from gradviz.plots.drawing.fit_text import fit_text, font_size
from gradviz.plots.drawing.plain_text import plain_text


def write_headline(figure: Figure, claim: str) -> None:
    """Write the claim of a figure at its top left.

    Parameters
    ----------
    figure : Figure
        The lines of the claim fit its width.
    claim : str
        A sentence.
    """
    size = font_size("figure.titlesize")
    room = figure.get_figwidth() * 72 * 0.96
    lines = fit_text(claim, width=room, size=size, bold=True)
    figure.suptitle(plain_text(lines), x=0.012, ha="left", fontsize=size, fontweight="bold")
