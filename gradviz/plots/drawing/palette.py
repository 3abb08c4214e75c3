"""One fixed colour per cell and per gate, the inks, and the marks outside the colour map: one table."""

from __future__ import annotations

from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
import seaborn as sns
from matplotlib.colors import Colormap, ListedColormap, to_rgb

from gradviz.arguments import check_one_of
from gradviz.vocabulary import CARRY_PATH, DIRECT_PATH, OBSERVED

INK_LIGHT, INK_DARK = "#22223b", "#f2e9e4"
PAPER_LIGHT, PAPER_DARK = "#ffffff", "#14121f"
AMBER = "#ffd166"
GREY = "#8d8d9b"
BELOW_SCALE = "#000000"

GRADIENT_MAP, GATE_MAP, SIGNED_MAP = "rocket", "mako", "vlag"

_DARKEST = 0.1  # rocket begins so near to black that nothing below the scale could be told from it
_BARE = (0.0, 0.0, 0.0, 0.0)


class Line(NamedTuple):
    """How the curve of a cell is drawn."""

    colour: str
    dash: str | tuple[int, tuple[float, ...]]


class Mark(NamedTuple):
    """How cells that hold no drawable number are filled."""

    colour: str
    ink: str
    hatch: str


CELL_COLOURS = {
    "rnn": "#a43326",
    "rnn_relu": "#a43326",
    "lstm": "#2b6089",
    "gru": "#5d9e5d",
    OBSERVED: "#b07d1a",
}

GATE_COLOURS = {
    "input": "#e09f3e",
    "forget": "#2b6089",
    "candidate": "#b070c6",
    "output": "#2a9d8f",
    "reset": "#c1442c",
    "update": "#5d9e5d",
    "hidden": "#a43326",
}


MARKS = {
    "zero": Mark("#5a6473", "#dfe3ea", "..."),
    "underflow": Mark("#3f7cac", "#e8f1f8", "///"),
    "non-finite": Mark("#00e5c3", "#14121f", "xxx"),
    "missing": Mark("#e4e4ea", "#a9a9b8", "\\\\\\"),
}

_DASHES: tuple[str | tuple[int, tuple[float, ...]], ...] = (
    "-",
    (0, (5, 1.5)),
    (0, (2, 1.2)),
    (0, (6, 1.5, 1.5, 1.5)),
)
_SHADES = (0.0, 0.35, -0.3, 0.55)


def cell_colour(cell: str) -> str:
    """The colour of a cell, as ``#rrggbb``.

    Parameters
    ----------
    cell : str
        A key of ``vocabulary.CELLS``.

    Raises
    ------
    UnknownName
        If there is no such cell.
    """
    check_one_of("cell", cell, CELL_COLOURS)
    return CELL_COLOURS[cell]


def gate_colour(gate: str) -> str:
    """The colour of a gate, as ``#rrggbb``.

    Parameters
    ----------
    gate : str
        Of any cell in ``vocabulary.CELLS``.

    Raises
    ------
    UnknownName
        If there is no such gate.
    """
    check_one_of("gate", gate, GATE_COLOURS)
    return GATE_COLOURS[gate]


def path_line(path: str) -> Line:
    """The look of a path of the gradient: of a gate in its colour, the carry in ink, the direct dotted grey.

    Parameters
    ----------
    path : str
        Of any cell in ``vocabulary.CELLS``.

    Raises
    ------
    UnknownName
        If there is no such path.
    """
    if path == DIRECT_PATH:
        return Line(GREY, (0, (1, 1.2)))
    return Line(ink() if path == CARRY_PATH else gate_colour(path), "-")


def cell_line(cell: str, variant: int = 0) -> Line:
    """Colour and dash of the n-th variant of a cell: the same hue, lighter or darker, with another dash.

    Parameters
    ----------
    cell : str
        A key of ``vocabulary.CELLS``.
    variant : int
        0 for the cell itself; beyond the fourth the looks repeat.

    Returns
    -------
    Line
    """
    shift = _SHADES[variant % len(_SHADES)]
    return Line(shade(cell_colour(cell), shift), _DASHES[variant % len(_DASHES)])


def lines_of(cells: list[str]) -> list[Line]:
    """A look for every run: runs of one cell are told apart by shade and dash.

    Parameters
    ----------
    cells : list of str
        The cell of every run; `rnn` and `rnn_relu` share a hue and count as variants of each other.

    Returns
    -------
    list of Line
        In the order of `cells`.
    """
    seen: dict[str, int] = {}
    looks = []
    for cell in cells:
        hue = cell_colour(cell)
        looks.append(cell_line(cell, seen.get(hue, 0)))
        seen[hue] = seen.get(hue, 0) + 1
    return looks


def shade(colour: str, shift: float) -> str:
    """Towards white for a positive shift, towards black for a negative one."""
    target = 1.0 if shift > 0 else 0.0
    mixed = [channel + abs(shift) * (target - channel) for channel in to_rgb(colour)]
    return "#" + "".join(f"{round(255 * channel):02x}" for channel in mixed)


def gradient_map() -> Colormap:
    """The map of gradient magnitudes: dark is little; below the scale black; missing is left bare."""
    whole = sns.color_palette(GRADIENT_MAP, as_cmap=True)
    shades = whole(np.linspace(_DARKEST, 1.0, 256))  # (shade, 4)
    return ListedColormap(shades, name=GRADIENT_MAP).with_extremes(under=BELOW_SCALE, bad=_BARE)


def gate_map() -> Colormap:
    """The map of gate activations and of saturated fractions, 0 dark to 1 light; missing is left bare."""
    return sns.color_palette(GATE_MAP, as_cmap=True).with_extremes(bad=_BARE)


def signed_map() -> Colormap:
    """The map of signed values, pale at 0; missing is left bare."""
    return sns.color_palette(SIGNED_MAP, as_cmap=True).with_extremes(bad=_BARE)


def text_colour(colour: str) -> str:
    """A colour as text can bear it on the background in force: lighter on a dark one."""
    dark = sum(to_rgb(plt.rcParams["axes.facecolor"])) < 1.5
    return shade(colour, 0.4) if dark else colour


def ink() -> str:
    """The text colour of the style in force."""
    return str(plt.rcParams["text.color"])
