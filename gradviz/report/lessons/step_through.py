"""Lesson 6: eight steps of an LSTM whose gates one sets by hand, and the gradient along its cell line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from gradviz.report.lessons.cell_lines import LSTM_LINE
from gradviz.report.lessons.lesson import Lesson
from gradviz.report.page.bokeh_figures import coloured, new_figure, new_source

if TYPE_CHECKING:
    from bokeh.model import Model

STEPS = 8
WRITE = 2  # the step whose candidate is to be kept
DOES, HARDLY = 0.9, 0.1  # as in the lecture figure gate_jobs


def _figures() -> dict[str, Model]:
    figure = new_figure(
        "step_through-gradient",
        x="time step",
        y="gradient, log₁₀",
        x_range=(0.6, STEPS + 0.4),
        y_range=(-3.0, 0.3),
        height=240,
    )
    figure.xaxis.ticker = list(range(1, STEPS + 1))
    product = new_source("step_through-product", step=[], log10=[])
    coloured(
        figure.line("step", "log10", source=product, line_width=3, line_dash=[2, 5]),
        *LSTM_LINE,
        of="line",
    )
    gradient = new_source("step_through-delta", step=[], log10=[])
    coloured(figure.line("step", "log10", source=gradient, line_width=3), "ink", "ink")
    coloured(figure.scatter("step", "log10", source=gradient, size=9), "ink", "ink", of="both")
    zero = new_source("step_through-zero", step=[], log10=[])
    coloured(figure.scatter("step", "log10", source=zero, size=12, marker="x", line_width=3), "soft", "soft")
    return {"step_through-gradient": figure}


def _data() -> Mapping[str, Any]:
    return {"steps": STEPS, "write": WRITE, "does": DOES, "hardly": HARDLY}


LESSON = Lesson(
    title="Step through an LSTM",
    question="How does an LSTM hold a number, and what does the gradient make of it?",
    styles=("lessons/step_through.css",),
    figures=_figures,
    scripts=("lessons/seldom.js", "lessons/step_through_drawing.js"),
    data=_data,
)
