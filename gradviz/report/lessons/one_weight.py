"""Lesson 2: one tanh unit, what it remembers, and what that does to its gradient."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bokeh.models import BasicTicker

from gradviz.report.lessons.cell_lines import RNN_LINE
from gradviz.report.lessons.lesson import Lesson
from gradviz.report.page.bokeh_figures import coloured, new_figure, new_source

if TYPE_CHECKING:
    from bokeh.model import Model
    from bokeh.plotting import figure as bokeh_figure

_EDGES = (-1.1, 1.1)
_BELOW = -1.27  # room for the start, which is dragged below the curve


class _Look(NamedTuple):
    """How a line is drawn: its colours on a light and on a dark page, its width and dash."""

    light: str
    dark: str
    width: float
    dash: list[int]


_STRONG = _Look(*RNN_LINE, 3, [])
_DASHED = _Look("soft", "soft", 2.5, [8, 5])
_THIN = _Look("ink", "ink", 1.5, [])


def _figures() -> dict[str, Model]:
    return {
        "one_weight-cobweb": _cobweb(),
        "one_weight-states": _states(),
        "one_weight-gradient": _gradient(),
        "one_weight-weights": _weights(),
    }


def _line(figure: bokeh_figure, name: str, columns: tuple[str, str], look: _Look) -> None:
    x, y = columns
    source = new_source(name, **{x: [], y: []})
    drawn = figure.line(x, y, source=source, line_width=look.width, line_dash=look.dash)
    coloured(drawn, look.light, look.dark)


def _cobweb() -> Model:
    figure = new_figure(
        "one_weight-cobweb",
        x="h before the step",
        y="h after the step",
        x_range=_EDGES,
        y_range=(_BELOW, _EDGES[1]),
        height=460,
    )
    for axis in figure.axis:
        axis.ticker = [-1, -0.5, 0, 0.5, 1]
    diagonal = figure.line("h", "h", source=new_source("one_weight-diagonal", h=_EDGES), line_width=1.5)
    coloured(diagonal, "soft", "soft")
    _line(figure, "one_weight-curve", ("h", "next"), _STRONG)
    _line(figure, "one_weight-stairs", ("x", "y"), _THIN)
    _add_fixed_points(figure)
    _add_start(figure)
    _add_walker(figure, "one_weight-walker")
    return figure


def _add_fixed_points(figure: bokeh_figure) -> None:
    """Filled where they are stable, hollow where they are not."""
    for name in ("stable", "unstable"):
        source = new_source(f"one_weight-{name}", x=[], y=[])
        coloured(figure.scatter("x", "y", source=source, size=16, line_width=0), "ink", "ink", of="fill")
        if name == "unstable":
            inner = figure.scatter("x", "y", source=source, size=10, line_width=0)
            coloured(inner, "paper", "paper", of="fill")


def _add_start(figure: bokeh_figure) -> None:
    """The handle of the start, and its name on the side where there is room."""
    start = new_source("one_weight-start", x=[], y=[], text=[], align=[], shift=[])
    handle = figure.scatter("x", "y", source=start, size=22, marker="triangle", line_width=0)
    coloured(handle, *RNN_LINE, of="fill")
    written = figure.text(
        "x",
        "y",
        "text",
        source=start,
        x_offset="shift",
        y_offset=8,
        text_align="align",
        text_font_size="14px",
    )
    coloured(written, *RNN_LINE, of="text")


def _add_walker(figure: bokeh_figure, name: str) -> None:
    """Where the steps have come to while they are walked."""
    point = figure.scatter("x", "y", source=new_source(name, x=[], y=[]), size=15, line_width=2.5)
    point.glyph.fill_color = RNN_LINE.light
    coloured(point, "ink", "ink")


def _states() -> Model:
    figure = new_figure(
        "one_weight-states", x="time step t", y="state h", x_range=(0, 50), y_range=(-1.15, 1.15), height=175
    )
    figure.yaxis.ticker = [-1, 0, 1]
    figure.xaxis.ticker = BasicTicker(min_interval=1)  # no half steps
    _line(figure, "one_weight-mirror", ("step", "state"), _DASHED)
    _line(figure, "one_weight-path", ("step", "state"), _STRONG)
    _add_walker(figure, "one_weight-now")
    return figure


def _gradient() -> Model:
    figure = new_figure(
        "one_weight-gradient",
        x="time step t",
        y="gradient, log₁₀",
        x_range=(0, 50),
        y_range=(-5, 1),
        height=195,
    )
    figure.xaxis.ticker = BasicTicker(min_interval=1)
    _line(figure, "one_weight-bound", ("step", "decades"), _DASHED)
    _line(figure, "one_weight-product", ("step", "decades"), _STRONG)
    return figure


def _weights() -> Model:
    figure = new_figure(
        "one_weight-weights",
        x="weight w",
        y="log₁₀ of the gradient",
        x_range=(-3.06, 3.06),
        y_range=(-80, 30),
        height=260,
    )
    figure.xaxis.ticker = [-3, -2, -1, 0, 1, 2, 3]
    held = new_source("one_weight-held", left=[], right=[])
    band = figure.quad("left", "right", top=1000, bottom=-1000, source=held, line_width=0, fill_alpha=0.18)
    coloured(band, *RNN_LINE, of="fill")
    _line(figure, "one_weight-sweep-bound", ("weight", "decades"), _DASHED)
    _line(figure, "one_weight-sweep", ("weight", "decades"), _STRONG)
    chosen = new_source("one_weight-chosen", weight=[], decades=[])
    coloured(figure.scatter("weight", "decades", source=chosen, size=15), "ink", "ink", of="both")
    return figure


LESSON = Lesson(
    title="One weight",
    question="Can one unit remember for 50 steps and still pass the gradient back?",
    figures=_figures,
    scripts=("page/numbers.js", "page/pointer.js", "core/tanh_unit.js"),
)
