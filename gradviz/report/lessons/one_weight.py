"""Lesson 2: one tanh unit, what it remembers, and what that does to its gradient."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bokeh.models import Range1d

from gradviz.report.lessons.lesson import Lesson
from gradviz.report.page.bokeh_figures import coloured, new_figure, new_source

if TYPE_CHECKING:
    from bokeh.model import Model
    from bokeh.plotting import figure as bokeh_figure

RED = ("#ae3e2d", "#ee654e")  # of the RNN, on a light and on a dark page
_SOFT = ("soft", "soft")
_LONG_DASH = [8, 5]
_TEXT = "14px"


def _figures() -> dict[str, Model]:
    return {
        "one_weight-cobweb": _cobweb(),
        "one_weight-states": _states(),
        "one_weight-gradient": _gradient(),
        "one_weight-weights": _weights(),
    }


def _line(figure: bokeh_figure, name: str, columns: tuple[str, str], colours: tuple[str, str], **look) -> None:
    x, y = columns
    source = new_source(name, **{x: [], y: []})
    coloured(figure.line(x, y, source=source, **{"line_width": 3, **look}), *colours)


def _cobweb() -> Model:
    figure = new_figure("one_weight-cobweb", x="h before the step", y="h after the step", height=460)
    figure.x_range = Range1d(-1.1, 1.1, name="one_weight-cobweb-x")
    figure.y_range = Range1d(-1.27, 1.1, name="one_weight-cobweb-y")
    for axis in figure.axis:
        axis.ticker = [-1, -0.5, 0, 0.5, 1]
    diagonal = new_source("one_weight-diagonal", h=[-1.1, 1.1])
    coloured(figure.line("h", "h", source=diagonal, line_width=1.5), *_SOFT)
    _line(figure, "one_weight-curve", ("h", "next"), RED)
    _line(figure, "one_weight-stairs", ("x", "y"), ("ink", "ink"), line_width=1.5)
    for name in ("stable", "unstable"):
        source = new_source(f"one_weight-{name}", x=[], y=[])
        coloured(figure.scatter("x", "y", source=source, size=16, line_width=0), "ink", "ink", of="fill")
    inner = figure.scatter("x", "y", source=source, size=10, line_width=0)
    coloured(inner, "paper", "paper", of="fill")
    start = new_source("one_weight-start", x=[], y=[], text=[], align=[], shift=[])
    handle = figure.scatter("x", "y", source=start, size=22, marker="triangle", line_width=0)
    coloured(handle, *RED, of="fill")
    name = figure.text(
        "x", "y", "text", source=start, x_offset="shift", y_offset=8, text_align="align", text_font_size=_TEXT
    )
    coloured(name, *RED, of="text")
    return figure


def _states() -> Model:
    figure = new_figure(
        "one_weight-states", x="time step t", y="state h", x_range=(0, 50), y_range=(-1.15, 1.15), height=175
    )
    figure.yaxis.ticker = [-1, 0, 1]
    _line(figure, "one_weight-mirror", ("step", "state"), _SOFT, line_dash=_LONG_DASH, line_width=2.5)
    _line(figure, "one_weight-path", ("step", "state"), RED)
    return figure


def _gradient() -> Model:
    figure = new_figure(
        "one_weight-gradient",
        x="time step t",
        y="log10 |dh_T / dh_t|",
        x_range=(0, 50),
        y_range=(-5, 1),
        height=195,
    )
    _line(figure, "one_weight-bound", ("step", "decades"), _SOFT, line_dash=_LONG_DASH, line_width=2.5)
    _line(figure, "one_weight-product", ("step", "decades"), RED)
    return figure


def _weights() -> Model:
    figure = new_figure(
        "one_weight-weights",
        x="weight w",
        y="log10 |dh_T / dh_0|",
        x_range=(-3.06, 3.06),
        y_range=(-80, 30),
        height=260,
    )
    figure.xaxis.ticker = [-3, -2, -1, 0, 1, 2, 3]
    held = new_source("one_weight-held", left=[], right=[])
    band = figure.quad("left", "right", top=1000, bottom=-1000, source=held, line_width=0, fill_alpha=0.18)
    coloured(band, *RED, of="fill")
    _line(figure, "one_weight-sweep-bound", ("weight", "decades"), _SOFT, line_dash=_LONG_DASH, line_width=2.5)
    _line(figure, "one_weight-sweep", ("weight", "decades"), RED)
    chosen = new_source("one_weight-chosen", weight=[], decades=[])
    coloured(figure.scatter("weight", "decades", source=chosen, size=15), "ink", "ink", of="both")
    return figure


LESSON = Lesson(
    title="One weight",
    question="Can one unit remember for 50 steps and still pass the gradient back?",
    figures=_figures,
    scripts=("page/numbers.js", "page/pointer.js", "core/tanh_unit.js"),
)
