"""All colours: one for each cell and each gate, the inks, the marks, the colour maps."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
import seaborn as sns
from matplotlib.colors import Colormap, ListedColormap, to_rgb

from gradviz.arguments import check_one_of
from gradviz.cell_descriptions import CELLS
from gradviz.plots.drawing.luminance import luminance
from gradviz.vocabulary import CARRY_PATH, DIRECT_PATH, OBSERVED

INK_LIGHT, INK_DARK = "#22223b", "#f2e9e4"
PAPER_LIGHT, PAPER_DARK = "#ffffff", "#14121f"
AMBER = "#ffd166"
GREY = "#8d8d9b"
BELOW_SCALE = "#000000"

GRADIENT_MAP, GATE_MAP, SIGNED_MAP = "rocket", "mako", "vlag"

_LEGIBLE = 2.0  # contrast of text with its background
_DARKEST = 0.1  # the first shades of rocket are too close to the black below the scale
_BLANK = (0.0, 0.0, 0.0, 0.0)


class Line(NamedTuple):
    """The colour and dash of a curve."""

    colour: str
    dash: str | tuple[int, tuple[float, ...]]


class Mark(NamedTuple):
    """The fill of heatmap cells without a number that can be drawn."""

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


# for gates of recurrences written by hand whose names no known cell has; see test_palette.py
OTHER_GATE_COLOURS = (
    "#624eb1",
    "#89b1ff",
    "#9d4e62",
    "#d8d876",
    "#4e0014",
    "#00004e",
    "#76ffff",
    "#c4ffc4",
)

_CLEAR = 3  # of them, the first are clear on white and on black

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
        A key of ``cell_descriptions.CELLS``.

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
        A gate of any cell in ``cell_descriptions.CELLS``.

    Raises
    ------
    UnknownName
        If there is no such gate.
    """
    check_one_of("gate", gate, GATE_COLOURS)
    return GATE_COLOURS[gate]


def gate_colours(gates: Sequence[str]) -> list[str]:
    """A colour for each of several gates of one figure, also for names that no known cell has.

    Parameters
    ----------
    gates : sequence of str

    Returns
    -------
    list of str
        A known gate has its own colour.  Any other has one of the clearest, chosen by its name, or the
        next that is free; they repeat, lighter, from the ninth.
    """
    taken: dict[str, str] = {}
    count = len(OTHER_GATE_COLOURS)
    for gate in gates:
        if gate in GATE_COLOURS or gate in taken:
            continue
        first, lap = zlib.crc32(gate.encode()) % _CLEAR, len(taken) // count
        shades = [shade(OTHER_GATE_COLOURS[(first + n) % count], 0.35 * lap) for n in range(count)]
        taken[gate] = next(colour for colour in shades if colour not in taken.values())
    return [GATE_COLOURS.get(gate) or taken[gate] for gate in gates]


def path_line(path: str) -> Line:
    """The line of a path of the gradient: gates in their colour, carry in ink, direct dotted grey.

    Parameters
    ----------
    path : str
        A path of any cell in ``cell_descriptions.CELLS``.

    Raises
    ------
    UnknownName
        If there is no such path.
    """
    if path == DIRECT_PATH:
        return Line(GREY, (0, (1, 1.2)))
    return Line(ink() if path == CARRY_PATH else gate_colour(path), "-")


def cell_line(cell: str, variant: int = 0) -> Line:
    """Colour and dash of a variant of a cell: the cell's hue, lighter or darker, with another dash.

    Parameters
    ----------
    cell : str
        A key of ``cell_descriptions.CELLS``.
    variant : int
        0 for the cell itself; the lines repeat after the fourth.

    Returns
    -------
    Line
    """
    shift = _SHADES[variant % len(_SHADES)]
    return Line(shade(cell_colour(cell), shift), _DASHES[variant % len(_DASHES)])


def line_of(cell: object) -> Line:
    """The line of a cell; for anything that is not a cell of the package, a solid line in ink."""
    return cell_line(cell) if isinstance(cell, str) and cell in CELLS else Line(ink(), "-")


def lines_of(cells: list[str]) -> list[Line]:
    """One line for each run; runs of the same cell differ in shade and dash.

    Parameters
    ----------
    cells : list of str
        The cell of each run; `rnn` and `rnn_relu` share a hue and count as variants of each other.

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
    """A colour mixed with white (positive shift) or black (negative shift), as ``#rrggbb``."""
    target = 1.0 if shift > 0 else 0.0
    mixed = [channel + abs(shift) * (target - channel) for channel in to_rgb(colour)]
    return "#" + "".join(f"{round(255 * channel):02x}" for channel in mixed)


def gradient_map() -> Colormap:
    """The colour map of gradient norms: dark means small, black below the scale, missing left blank."""
    whole = sns.color_palette(GRADIENT_MAP, as_cmap=True)
    shades = whole(np.linspace(_DARKEST, 1.0, 256))  # (shade, 4)
    return ListedColormap(shades, name=GRADIENT_MAP).with_extremes(under=BELOW_SCALE, bad=_BLANK)


def gate_map() -> Colormap:
    """The colour map of gate activations and saturated fractions: 0 dark, 1 light, missing left blank."""
    return sns.color_palette(GATE_MAP, as_cmap=True).with_extremes(bad=_BLANK)


def signed_map() -> Colormap:
    """The colour map of signed values: pale at 0, missing left blank."""
    return sns.color_palette(SIGNED_MAP, as_cmap=True).with_extremes(bad=_BLANK)


def text_colour(colour: str) -> str:
    """A colour for text on the background of the current style: lighter if that is dark."""
    dark = sum(to_rgb(plt.rcParams["axes.facecolor"])) < 1.5
    return shade(colour, 0.4) if dark else colour


def legible_colour(colour: str) -> str:
    """The `text_colour` of a colour, or the text colour of the style where that would be too pale to read.

    Parameters
    ----------
    colour : str

    Returns
    -------
    str
        Its contrast with the background of the axes is at least 2, as WCAG 2 defines contrast.
    """
    chosen = text_colour(colour)
    low, high = sorted(luminance(to_rgb(one)) + 0.05 for one in (chosen, plt.rcParams["axes.facecolor"]))
    return chosen if high / low >= _LEGIBLE else ink()


def ink() -> str:
    """The text colour of the current style."""
    return str(plt.rcParams["text.color"])
