"""Diagrams of cells: wires, gates and operations, coloured by recorded values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colorbar import Colorbar
from matplotlib.colors import Normalize, to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyBboxPatch

from gradviz.gallery.panel import name_panel
from gradviz.gallery.words import figure_words
from gradviz.plots.drawing.canvas import figure_of
from gradviz.plots.drawing.fit_text import font_size
from gradviz.plots.drawing.headline import write_headline
from gradviz.plots.drawing.luminance import luminance
from gradviz.plots.drawing.palette import (
    GATE_COLOURS,
    INK_DARK,
    PAPER_DARK,
    gate_map,
    gradient_map,
    text_colour,
)
from gradviz.plots.drawing.ticks import power_of_ten

WIDTH, HEIGHT = 10.0, 6.0  # size of the diagram, in data units
Point = tuple[float, float]

_words = figure_words("cell_diagram")

HALF_WIDTH, HALF_HEIGHT = 0.81, 0.48  # half the size of a gate's box
RADIUS, WIDE = 0.27, 0.4  # of the circle of an operation, and of one with a longer name
_EDGE, _EDGE_WIDTH = "#8b8791", 1.0  # of a wire; the width in points
_VISIBLE = 3.0  # contrast with the board below which a wire has an edge
ASIDE = 0.3  # distance of the wires into a gate from its middle


@dataclass(frozen=True)
class Diagram:
    """Dark background on which a cell is drawn.

    Parameters
    ----------
    ax : Axes
        Spans (0, 0) to (10, 6), with equal aspect.
    gradient : Normalize
        Colour scale of the wires, over log10 of the gradient norm.
    """

    ax: Axes
    gradient: Normalize

    def wire(self, points: Sequence[Point], log10: float, *, arrow: bool = True) -> None:
        """Draw a line through points in the colour of a log10 gradient norm, by default with an arrow.

        A pale edge keeps a dark colour visible on the dark board.
        """
        colour = gradient_map()(self.gradient(log10))
        width = 2.2 * plt.rcParams["lines.linewidth"]
        x, y = zip(*points, strict=True)
        look: dict[str, Any] = {"solid_capstyle": "round", "solid_joinstyle": "round"}
        edge = _EDGE if _is_dark(colour) else colour
        if edge == _EDGE:
            self.ax.plot(x, y, color=_EDGE, linewidth=width + 2 * _EDGE_WIDTH, zorder=1.9, **look)
        self.ax.plot(x, y, color=colour, linewidth=width, zorder=2, **look)
        if arrow:
            self.ax.annotate(
                "",
                xy=points[-1],
                xytext=points[-2],
                arrowprops={
                    "arrowstyle": "-|>",
                    "facecolor": colour,
                    "edgecolor": edge,
                    "linewidth": _EDGE_WIDTH if edge == _EDGE else 0,
                    "mutation_scale": 2.2 * font_size("font.size"),
                    "shrinkA": 0,
                    "shrinkB": 0,
                },
                zorder=3,
            )

    def gate(self, place: Point, name: str, mean: float, *, signed: bool = False) -> None:
        """Draw a gate's box around a point: its name and mean activation, filled in the mean's colour."""
        shade = gate_map()((mean + 1) / 2 if signed else mean)
        rim = 1.6 * plt.rcParams["lines.linewidth"]
        looks = (
            {"facecolor": shade, "edgecolor": PAPER_DARK, "linewidth": 2 * rim},
            {"fill": False, "edgecolor": GATE_COLOURS[name], "linewidth": rim},
        )
        for look in looks:  # a dark line separates fill and rim, whose colours may be similar
            box = FancyBboxPatch(
                (place[0] - HALF_WIDTH, place[1] - HALF_HEIGHT),
                2 * HALF_WIDTH,
                2 * HALF_HEIGHT,
                boxstyle="round,pad=0,rounding_size=0.16",
                zorder=4,
                **look,
            )
            self.ax.add_patch(box)
        dark = np.dot(to_rgb(shade), (0.299, 0.587, 0.114)) < 0.5
        self.ax.text(
            *place,
            _words("signed_box" if signed else "box", gate=gate_name(name), mean=round(mean, 2) + 0.0),
            color=INK_DARK if dark else PAPER_DARK,
            ha="center",
            va="center",
            fontsize=0.8 * font_size("xtick.labelsize"),
            fontweight="bold",
            linespacing=1.15,
            zorder=5,
        )

    def operation(self, place: Point, sign: str) -> None:
        """Draw a circle that contains ``×``, ``+`` or the name of a function."""
        self.ax.add_patch(
            Circle(
                place,
                RADIUS if len(sign) == 1 else WIDE,
                facecolor=INK_DARK,
                edgecolor=PAPER_DARK,
                linewidth=1,
                zorder=4,
            )
        )
        size = font_size("font.size") * (1.15 if len(sign) == 1 else 0.8)
        self.ax.text(
            *place, sign, color=PAPER_DARK, ha="center", va="center_baseline", fontsize=size, zorder=5
        )

    def name(self, place: Point, text: str, *, ha: str = "center", size: float = 1.0) -> None:
        """Write text on the diagram, for example what a wire carries; `size` is relative to the body's."""
        self.ax.text(
            *place,
            text,
            color=INK_DARK,
            ha=ha,
            va="center",
            fontsize=size * font_size("font.size"),
            zorder=5,
        )

    def compared(self, place: Point, times: float) -> None:
        """Write beside a wire how many times the gradient of the wire marked 1 it carries."""
        self.name(place, _words("times", times=times), size=0.92)

    def gate_inputs(self, place: Point, bus: float, *, recurrent: float, given: float) -> None:
        """Draw the wires into a gate from below: one from the bus of the state, and one of the input x.

        Parameters
        ----------
        place : (float, float)
            The centre of the gate's box.
        bus : float
            Height of the bus.
        recurrent, given : float
            Log10 gradient norms of the two wires.
        """
        x, below = place[0], place[1] - HALF_HEIGHT
        self.wire([(x + ASIDE, bus), (x + ASIDE, below)], recurrent)
        self.wire([(x - ASIDE, below - 0.55), (x - ASIDE, below)], given)
        self.name((x - ASIDE, below - 0.78), "$x$", size=0.9)

    def way_back(self, start: Point, end: Point) -> None:
        """Draw a thin arrow along which the gradient flows."""
        self.ax.annotate(
            "",
            xy=end,
            xytext=start,
            arrowprops={"arrowstyle": "->", "color": INK_DARK, "linewidth": plt.rcParams["axes.linewidth"]},
            zorder=2,
        )


def _is_dark(colour: tuple[float, float, float, float]) -> bool:
    """Whether a wire of this colour is hard to see on the board."""
    board, wire = luminance(to_rgb(PAPER_DARK)), luminance(to_rgb(colour))
    return (wire + 0.05) / (board + 0.05) < _VISIBLE


def gate_name(gate: str) -> str:
    """The name of a gate, or of the candidate, in the current language."""
    return _words(f"gate.{gate}")


def new_diagram(
    claim: str, formulas: Sequence[tuple[str, str]], gradients: Sequence[float], *, boxes: bool = True
) -> tuple[Figure, Diagram]:
    """A figure with a board on the left, formulas on the right and two colour bars below.

    Parameters
    ----------
    claim : str
        The title.
    formulas : sequence of (gate, formula)
        Each formula is written in the colour of its gate; without a gate's name, in the text colour.
    gradients : sequence of float
        Log10 norms that will be drawn. The colour scale spans them, rounded to whole decades.
    boxes : bool
        Whether gates will be drawn, whose colours need a bar.

    Returns
    -------
    Figure, Diagram
    """
    figure = plt.figure(layout="constrained")
    grid = figure.add_gridspec(2, 4, height_ratios=[1, 0.035], width_ratios=[1, 0.2, 1, 0.95])
    board, text = figure.add_subplot(grid[0, :3]), figure.add_subplot(grid[0, 3])
    _prepare_board(board)
    _write_formulas(text, formulas)
    name_panel(board, _words("panel.cell"))
    name_panel(text, _words("panel.formulas"))
    norm = Normalize(np.floor(min(gradients)), np.ceil(max(gradients)))
    bars = [_draw_wire_bar(figure.add_subplot(grid[1, 0]), norm)]
    if boxes:
        bars.append(_draw_box_bar(figure.add_subplot(grid[1, 2])))
    for bar in bars:
        _finish(bar)
    write_headline(figure, claim)
    return figure, Diagram(board, norm)


def _prepare_board(ax: Axes) -> None:
    ax.set_xlim(0, WIDTH)
    ax.set_ylim(0, HEIGHT)
    ax.set_aspect("equal")
    ax.set_axis_off()
    ax.add_patch(
        FancyBboxPatch(
            (0, 0),
            WIDTH,
            HEIGHT,
            boxstyle="round,pad=0,rounding_size=0.25",
            facecolor=PAPER_DARK,
            edgecolor=INK_DARK,
            linewidth=0.5,
            zorder=0,
        )
    )


def _write_formulas(ax: Axes, formulas: Sequence[tuple[str, str]]) -> None:
    ax.set_axis_off()
    for rank, (gate, formula) in enumerate(formulas):
        colour = text_colour(GATE_COLOURS[gate]) if gate else plt.rcParams["text.color"]
        ax.text(
            0.02,
            1 - (rank + 0.7) / (len(formulas) + 0.4),
            formula,
            color=colour,
            va="center",
            transform=ax.transAxes,
        )


def _draw_wire_bar(ax: Axes, norm: Normalize) -> Colorbar:
    bar = figure_of(ax).colorbar(ScalarMappable(norm, gradient_map()), cax=ax, orientation="horizontal")
    ends = [float(end) for end in (norm.vmin, norm.vmax) if end is not None]
    bar.set_ticks(ends, labels=[power_of_ten(end) for end in ends])
    bar.set_label(_words("wires"))
    return bar


def _draw_box_bar(ax: Axes) -> Colorbar:
    shades = ScalarMappable(Normalize(0, 1), gate_map())
    bar = figure_of(ax).colorbar(shades, cax=ax, orientation="horizontal")
    bar.set_ticks([0, 1], labels=[_words("shut"), _words("open")])
    bar.set_label(_words("boxes"))
    return bar


def _finish(bar: Colorbar) -> None:
    left, right = bar.ax.get_xticklabels()
    left.set_horizontalalignment("left")
    right.set_horizontalalignment("right")
    bar.outline.set_visible(False)
    bar.ax.minorticks_off()
