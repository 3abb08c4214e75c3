"""The claim at the top of a figure, bold, left-aligned and broken into lines that fit."""

from __future__ import annotations

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from gradviz.errors import GradvizError
from gradviz.plots.drawing.fit_text import fit_text, font_size, text_width
from gradviz.plots.drawing.plain_text import plain_text

_MOST_LINES = 2  # with more, too little of the page is left for the plot


class TitleDoesNotFit(GradvizError, ValueError):
    """A title that would take more than two lines of a figure."""


def check_title(title: str) -> None:
    """Raise unless a title fits in two lines of a figure of the style in force.

    Parameters
    ----------
    title : str

    Raises
    ------
    TitleDoesNotFit
        If it takes more lines, or has a word that is wider than the figure.
    """
    size = font_size("figure.titlesize")
    room = _room(plt.rcParams["figure.figsize"][0])
    lines = fit_text(title, width=room, size=size, bold=True).split("\n")
    if len(lines) > _MOST_LINES:
        raise TitleDoesNotFit(
            f"a title may take two lines, and {_shown(title)} ({len(title)} characters) takes {len(lines)}; "
            "shorten it"
        )
    widest = max(lines, key=len)
    if text_width(widest, size=size, bold=True) > room:
        raise TitleDoesNotFit(
            f"{_shown(widest)} is wider than the figure, and has no space at which to break"
        )


def _room(inches: float) -> float:
    """Width of a line, in points."""
    return inches * 72 * 0.96


def _shown(text: str) -> str:
    return repr(text if len(text) <= 40 else f"{text[:37]}...")


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
    lines = fit_text(claim, width=_room(figure.get_figwidth()), size=size, bold=True)
    figure.suptitle(plain_text(lines), x=0.012, ha="left", fontsize=size, fontweight="bold")
