"""Lesson 5: gradient descent at the cliff, with and without clipping."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from bokeh.models import FixedTicker
from bokeh.models.annotations import ColorBar
from matplotlib.colors import to_hex

from gradviz.plots.drawing.palette import INK_DARK, MARKS, PAPER_DARK, gate_map
from gradviz.report.lessons.lesson import Lesson
from gradviz.report.page.bokeh_figures import add_heatmap, coloured, new_figure, new_source

if TYPE_CHECKING:
    from bokeh.model import Model
    from bokeh.plotting import figure as bokeh_figure

VIEW_W, VIEW_B = (3.6, 7.0), (-4.0, 0.4)
_SHADES = 250
_BESIDE = {"plain": ("#96571a", "#e0a060"), "clipped": ("#8a45a6", "#d09ae4")}  # as in lessons.css
_ON_MAP = {name: dark for name, (_, dark) in _BESIDE.items()}  # the map is dark on both pages
_WIDTHS = {"plain": 4.5, "clipped": 2}  # both are seen where they coincide


def _figures() -> dict[str, Model]:
    return {"cliff-map": _map(), "cliff-error": _errors(), "cliff-norm": _norms()}


def _map() -> Model:
    figure = new_figure("cliff-map", x="weight w", y="bias b", x_range=VIEW_W, y_range=VIEW_B, height=390)
    shades = [to_hex(gate_map()(value)) for value in np.linspace(0, 1, _SHADES)]
    picture = add_heatmap(figure, "cliff-surface", [*shades, *[MARKS["missing"].colour] * (256 - _SHADES)])
    bar = ColorBar(
        color_mapper=picture.glyph.color_mapper,
        ticker=FixedTicker(ticks=[0, _SHADES - 1]),
        major_label_overrides={0: "0", _SHADES - 1: "0.49"},
        display_high=_SHADES - 1,
        width=14,
        margin=0,
        padding=6,
        major_label_text_font_size="13px",
    )
    figure.add_layout(bar, "right")
    wall = new_source("cliff-wall", w=[], b=[])
    figure.line("w", "b", source=wall, line_width=2.5, line_dash=[2, 5], line_color=INK_DARK)
    figure.text(
        [6.9],
        [-2.7],
        ["the cliff"],
        text_color=INK_DARK,
        text_font_size="14px",
        text_font_style="bold",
        text_align="right",
    )
    for name, colour in _ON_MAP.items():
        width = _WIDTHS[name]
        path = new_source(f"cliff-path-{name}", w=[], b=[])
        now = new_source(f"cliff-now-{name}", w=[], b=[], marker=[], angle=[])
        figure.line("w", "b", source=path, line_width=width + 3, line_color=PAPER_DARK, line_join="round")
        figure.line("w", "b", source=path, line_width=width, line_color=colour, line_join="round")
        figure.scatter(
            "w",
            "b",
            source=now,
            size=14,
            marker="marker",
            angle="angle",
            fill_color=colour,
            line_color=PAPER_DARK,
            line_width=2.5,
        )
    begin = new_source("cliff-start", w=[], b=[])
    figure.scatter(
        "w", "b", source=begin, size=17, fill_color=None, line_color=PAPER_DARK, line_width=6, marker="circle"
    )
    figure.scatter(
        "w", "b", source=begin, size=17, fill_color=None, line_color=INK_DARK, line_width=3, marker="circle"
    )
    return figure


def _errors() -> Model:
    figure = new_figure(
        "cliff-error", x="iteration", y="error", x_range=(-15, 1000), y_range=(-0.01, 0.51), height=200
    )
    _lines(figure, "cliff-error", "error")
    return figure


def _norms() -> Model:
    figure = new_figure(
        "cliff-norm", x="iteration", y="its norm, log₁₀", x_range=(-15, 1000), y_range=(-6, 5), height=200
    )
    threshold = new_source("cliff-threshold", iteration=[], log10=[])
    drawn = figure.line("iteration", "log10", source=threshold, line_width=2, line_dash=[8, 5])
    coloured(drawn, "soft", "soft")
    _lines(figure, "cliff-norm", "log10")
    return figure


def _lines(figure: bokeh_figure, name: str, column: str) -> None:
    for path, colours in _BESIDE.items():
        source = new_source(f"{name}-{path}", **{"iteration": [], column: []})
        coloured(figure.line("iteration", column, source=source, line_width=_WIDTHS[path]), *colours)


LESSON = Lesson(
    title="The cliff",
    question="A huge gradient, the right direction: why not simply take the step?",
    figures=_figures,
    scripts=("page/numbers.js", "page/pointer.js", "core/cliff.js"),
)
