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
from gradviz.plots.drawing.luminance import contrast
from gradviz.plots.drawing.named_lines import DASH_DOT, LONG, NAMED_LINES, SHORT, SOLID, Dash
from gradviz.vocabulary import CARRY_PATH, DIRECT_PATH, OBSERVED

INK_LIGHT, INK_DARK = "#22223b", "#f2e9e4"
PAPER_LIGHT, PAPER_DARK = "#ffffff", "#14121f"
AMBER = "#ffd166"
GREY = "#8d8d9b"
BELOW_SCALE = "#000000"

GRADIENT_MAP, GATE_MAP, SIGNED_MAP = "rocket", "mako", "vlag"

_LEGIBLE = 3.0  # least contrast of a line or a text with its background, as WCAG 2 defines it
_DARKEST = 0.1  # the first shades of rocket are too close to the black below the scale
_BLANK = (0.0, 0.0, 0.0, 0.0)


class Line(NamedTuple):
    """The colour and dash of a curve."""

    colour: str
    dash: Dash


class Mark(NamedTuple):
    """The fill of heatmap cells without a number that can be drawn."""

    colour: str
    ink: str
    hatch: str


# all of them legible on white and on the dark background; see test_palette.py
CELL_COLOURS = {
    "rnn": "#ae3e2d",
    "rnn_relu": "#ae3e2d",
    "lstm": "#41658f",
    "gru": "#5da165",
    OBSERVED: "#af7b17",
}

GATE_COLOURS = {
    "input": "#be7831",
    "forget": "#41658f",
    "candidate": "#b977cf",
    "output": "#299d8f",
    "reset": "#c2442c",
    "update": "#5da165",
    "hidden": "#ae3e2d",
}

# for gates of recurrences written by hand whose names no known cell has; see test_palette.py
OTHER_GATE_COLOURS = {
    "light": ("#9600ff", "#4b001e", "#0f0f69", "#9678ff", "#875a5a", "#780000", "#a500b4", "#4b2d5a"),
    "dark": ("#5ab4ff", "#ffff00", "#8700ff", "#c3ffe1", "#875a5a", "#ff8700", "#7869f0", "#b4b4d2"),
}

MARKS = {
    "zero": Mark("#5a6473", "#dfe3ea", "..."),
    "underflow": Mark("#3f7cac", "#e8f1f8", "///"),
    "non-finite": Mark("#00e5c3", "#14121f", "xxx"),
    "missing": Mark("#e4e4ea", "#a9a9b8", "\\\\\\"),
}

_DASHES = (SOLID, LONG, SHORT, DASH_DOT)
_SHADES = {"light": (0.0, -0.35, 0.3, -0.6), "dark": (0.0, 0.35, 0.6, -0.3)}


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
        A known gate has its own colour.  Any other has one that its name chooses, or the next that is free;
        they repeat from the ninth, farther from the
        background.
    """
    taken: dict[str, str] = {}
    others = OTHER_GATE_COLOURS["dark" if is_dark() else "light"]
    count = len(others)
    for gate in gates:
        if gate in GATE_COLOURS or gate in taken:
            continue
        first, lap = zlib.crc32(gate.encode()) % count, len(taken) // count
        shift = 0.35 * lap if is_dark() else -0.35 * lap
        shades = [on_background(shade(others[(first + n) % count], shift)) for n in range(count)]
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
    """Colour and dash of a cell, or of a variant of it that has no name: another shade and another dash.

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
    place = variant % len(_DASHES)
    if not place and cell in NAMED_LINES:
        return named_line(cell)
    shifted = shade(cell_colour(cell), _SHADES["dark" if is_dark() else "light"][place])
    return Line(on_background(shifted), _DASHES[place])


def named_line(name: str) -> Line:
    """Colour and dash of a network with a name of its own, on the background of the current style.

    Parameters
    ----------
    name : str
        A key of ``named_lines.NAMED_LINES``, as `variant_name` returns it.

    Raises
    ------
    UnknownName
        If there is no such name.
    """
    check_one_of("network", name, NAMED_LINES)
    line = NAMED_LINES[name]
    return Line(line.on_dark if is_dark() else line.on_light, line.dash)


def line_of(cell: object) -> Line:
    """The line of a cell; for anything that is not a cell of the package, a solid line in ink."""
    return cell_line(cell) if isinstance(cell, str) and cell in CELLS else Line(ink(), "-")


def lines_of(names: Sequence[str]) -> list[Line]:
    """One line for each run of a figure.

    Parameters
    ----------
    names : sequence of str
        Of each run, its cell or what `variant_of` returns. The first run of a name in
        ``named_lines.NAMED_LINES`` has the line of that name. Any other run has a shade and a dash of its
        cell, if possible a dash that no run of this cell has.

    Returns
    -------
    list of Line
        In the order of `names`.
    """
    looks: list[Line] = []
    cells = [_cell_of(name) for name in names]
    for name, cell in zip(names, cells, strict=True):
        named = named_line(name) if name in NAMED_LINES else None
        akin = [look for look, its_cell in zip(looks, cells, strict=False) if its_cell == cell]
        looks.append(named if named and named not in looks else _free_line(name, cell, akin))
    return looks


def _cell_of(name: str) -> str:
    known = [cell for cell in CELL_COLOURS if name == cell or name.startswith(f"{cell}_")]
    return max(known, key=len, default=name)


def _free_line(name: str, cell: str, akin: Sequence[Line]) -> Line:
    """The line of a variant of a cell that differs most from those of the same cell; the first of several."""
    first = 0 if name == cell and name not in NAMED_LINES else 1
    variants = [cell_line(cell, variant) for variant in range(first, len(_DASHES))]
    dashes = [line.dash for line in akin]
    return min(variants, key=lambda line: (akin.count(line), dashes.count(line.dash)))


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
    return shade(colour, 0.4) if is_dark() else colour


def legible_colour(colour: str) -> str:
    """The `text_colour` of a colour, or the text colour of the style where its contrast would be below 3."""
    chosen = text_colour(colour)
    return chosen if contrast(chosen, plt.rcParams["axes.facecolor"]) >= _LEGIBLE else ink()


def on_background(colour: str) -> str:
    """The colour, moved away from the background of the current style until it is legible."""
    towards = 0.05 if is_dark() else -0.05
    while contrast(colour, plt.rcParams["axes.facecolor"]) < _LEGIBLE and colour not in (
        "#ffffff",
        "#000000",
    ):
        colour = shade(colour, towards)
    return colour


def is_dark() -> bool:
    """Whether the background of the current style is dark."""
    return sum(to_rgb(plt.rcParams["axes.facecolor"])) < 1.5


def ink() -> str:
    """The text colour of the current style."""
    return str(plt.rcParams["text.color"])
