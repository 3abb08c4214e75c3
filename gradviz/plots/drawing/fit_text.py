"""Text broken into lines that fit a width, measured in the font in which it is drawn."""

from __future__ import annotations

import textwrap
from functools import lru_cache
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextPath

from gradviz.plots.drawing.plain_text import plain_text


def fit_text(text: str, *, width: float, size: float, bold: bool = False) -> str:
    """Text with the fewest line breaks with which it fits a width.

    Parameters
    ----------
    text : str
    width : float
        Points; a word that is wider is not broken.
    size : float
        Font size in points.
    bold : bool

    Returns
    -------
    str
    """
    given = text.splitlines() or [""]
    lines, letters = given, max(map(len, given))
    while letters > 1 and max(text_width(line, size=size, bold=bold) for line in lines) > width:
        letters -= 1
        lines = [part for line in given for part in _wrapped(line, letters)]
    return "\n".join(lines)


def _wrapped(line: str, letters: int) -> list[str]:
    return textwrap.wrap(line, letters, break_long_words=False, break_on_hyphens=False) or [""]


def font_size(setting: str) -> float:
    """A font size of the current style in points, for example ``"xtick.labelsize"``, which may be a word."""
    settings: Any = plt.rcParams
    return FontProperties(size=settings[setting]).get_size_in_points()


def text_width(text: str, *, size: float, bold: bool = False) -> float:
    """Width of one line of text, in points."""
    font = FontProperties(weight="bold" if bold else "normal", size=size)
    return _measured(text, str(font))


@lru_cache(maxsize=4096)
def _measured(text: str, font: str) -> float:
    """Measure each line only once, because outlines are slow; ``font`` is a fontconfig pattern."""
    return (
        float(TextPath((0, 0), plain_text(text), prop=FontProperties(font)).get_extents().width)
        if text.strip()
        else 0.0
    )
