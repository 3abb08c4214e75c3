"""Lesson 1: the bias of the forget gate, and how far back the gradient of an untrained LSTM reaches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bokeh.models.annotations import Span

from gradviz.report.lessons.cell_lines import LSTM_LINE, RNN_LINE
from gradviz.report.lessons.lesson import Lesson
from gradviz.report.page.bokeh_figures import coloured, new_figure, new_source

if TYPE_CHECKING:
    from bokeh.model import Model

_TIME = 100  # time steps, as in the script
_DECADES = (-28.0, 2.5)  # a little more than the RNN loses, and than the LSTM gains, over 100 steps
_BIASES = (-2.4, 8.4)  # room for half a point at both ends of the slider, as above and below


def _figures() -> dict[str, Model]:
    return {"forget_bias-gradient": _gradient(), "forget_bias-constant": _constant()}


def _gradient() -> Model:
    figure = new_figure(
        "forget_bias-gradient",
        x="time step",
        y="log₁₀ gradient, the last step is 0",
        x_range=(1, 100),
        y_range=_DECADES,
        height=340,
    )
    figure.xaxis.ticker = [1, 20, 40, 60, 80, 100]
    for cell, line in (("rnn", RNN_LINE), ("lstm", LSTM_LINE)):
        source = new_source(f"forget_bias-{cell}", step=[], decades=[])
        drawn = figure.line("step", "decades", source=source, line_width=3.5)
        coloured(drawn, *line)
    line_alone = figure.line(
        "step",
        "decades",
        source=new_source("forget_bias-line", step=[], decades=[]),
        line_width=2,
        line_dash=[2, 5],
    )
    coloured(line_alone, "soft", "soft")
    return figure


def _constant() -> Model:
    figure = new_figure(
        "forget_bias-constant",
        x="forget bias",
        y="time constant (time steps)",
        x_range=_BIASES,
        y_range=(0.7, 5000),
        height=340,
        log_y=True,
    )
    curve = figure.line(
        "bias", "constant", source=new_source("forget_bias-curve", bias=[], constant=[]), line_width=3
    )
    coloured(curve, *LSTM_LINE)
    point = figure.scatter(
        "bias",
        "constant",
        source=new_source("forget_bias-point", bias=[], constant=[]),
        size=15,
        line_width=2,
    )
    coloured(point, "ink", "ink", of="both")
    length = Span(location=_TIME, dimension="width", line_dash=[6, 5], line_width=2)
    coloured(length, "soft", "soft")
    figure.add_layout(length)
    return figure


LESSON = Lesson(
    title="Forget bias",
    question="How large must the forget bias be for a gradient to cross 100 time steps?",
    figures=_figures,
    scripts=(
        "page/numbers.js",
        "core/random.js",
        "core/products.js",
        "core/cells.js",
        "core/scaling.js",
        "core/adjoint.js",
    ),
)
