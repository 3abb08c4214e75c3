"""Diagrams of cells without numbers: wires in ink, gates in their colours."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.patches import Circle, FancyBboxPatch

from gradviz.plots.drawing.fit_text import font_size
from gradviz.plots.drawing.luminance import luminance
from gradviz.plots.drawing.palette import INK_LIGHT, PAPER_LIGHT, gate_colour, ink

Point = tuple[float, float]

HALF_HEIGHT = 0.5  # of a gate's box
RADIUS, WIDE = 0.36, 0.58  # of the circle of an operation, and of one with a longer name


def prepare(ax: Axes, *, width: float, height: float) -> None:
    """Let the Axes span (0, 0) to (width, height) with equal aspect and without ticks."""
    ax.set_xlim(0, width)
    ax.set_ylim(0, height)
    ax.set_aspect("equal")
    ax.set_axis_off()


def wire(ax: Axes, points: Sequence[Point], *, arrow: bool = True) -> None:
    """Draw a line through points, by default with an arrow at its end."""
    width = 0.9 * plt.rcParams["lines.linewidth"]
    x, y = zip(*points, strict=True)
    ax.plot(x, y, color=ink(), linewidth=width, solid_joinstyle="round", zorder=2)
    if arrow:
        look = {"arrowstyle": "-|>", "color": ink(), "linewidth": 0, "shrinkA": 0, "shrinkB": 0}
        look["mutation_scale"] = 1.2 * font_size("font.size")
        ax.annotate("", xy=points[-1], xytext=points[-2], arrowprops=look, zorder=3)


def gate(ax: Axes, place: Point, name: str, label: str, *, half_width: float) -> None:
    """Draw the box of the gate ``name`` around a point, in its colour, with a label."""
    box = FancyBboxPatch(
        (place[0] - half_width, place[1] - HALF_HEIGHT),
        2 * half_width,
        2 * HALF_HEIGHT,
        boxstyle="round,pad=0,rounding_size=0.15",
        facecolor=gate_colour(name),
        edgecolor="none",
        zorder=4,
        gid=name,
    )
    ax.add_patch(box)
    ax.text(
        *place,
        label,
        color=_on(gate_colour(name)),
        ha="center",
        va="center_baseline",
        fontsize=0.9 * font_size("xtick.labelsize"),
        fontweight="bold",
        zorder=5,
    )


def operation(ax: Axes, place: Point, sign: str) -> None:
    """Draw a circle that contains ``×``, ``+`` or a longer name."""
    circle = Circle(
        place,
        RADIUS if len(sign) == 1 else WIDE,
        facecolor=plt.rcParams["axes.facecolor"],
        edgecolor=ink(),
        linewidth=0.6 * plt.rcParams["lines.linewidth"],
        zorder=4,
    )
    ax.add_patch(circle)
    size = font_size("font.size") * (1.0 if len(sign) == 1 else 0.75)
    ax.text(*place, sign, ha="center", va="center_baseline", fontsize=size, zorder=5)


def _on(colour: str) -> str:
    """Light or dark ink, whichever is read better on a colour."""
    fill, light, dark = (luminance(to_rgb(one)) + 0.05 for one in (colour, PAPER_LIGHT, INK_LIGHT))
    return PAPER_LIGHT if light / fill >= fill / dark else INK_LIGHT
