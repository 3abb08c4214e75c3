"""Lesson 3: a network learns to add in the browser, once its gradient has come all the way back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bokeh.models.annotations import Span
from bokeh.models.tickers import FixedTicker

from gradviz.plots.drawing.palette import AMBER, INK_DARK, PAPER_DARK, gradient_map
from gradviz.report.lessons.lesson import Lesson
from gradviz.report.page.bokeh_figures import add_heatmap, coloured, new_figure, new_source
from gradviz.report.run.run_colours import heatmap_colours

if TYPE_CHECKING:
    from bokeh.model import Model
    from bokeh.plotting import figure as BokehFigure

_STEPS, _TIME, _HIGHEST_LOSS = 700, 30, 0.4
# 1/12 and 1/6: the variance of one number, and of the sum of both
_LOSSES = ((0.0, "0"), (1 / 12, "1/12"), (1 / 6, "1/6"), (1 / 4, "1/4"), (1 / 3, "1/3"))
_DASHES = {"arrival": [6, 4], "gone": [2, 4]}
_LEFT, _RIGHT = 70, 14  # pixels: the same in both figures, so that their training steps lie above each other


def _figures() -> dict[str, Model]:
    return {"train_here-gradient": _gradient(), "train_here-loss": _loss()}


def _gradient() -> Model:
    figure = _on_training_steps("train_here-gradient", y="time step", highest=_TIME + 0.5, height=250)
    figure.xaxis.visible = False
    figure.yaxis.ticker = FixedTicker(ticks=[1, 15, 30], name="train_here-gradient-ticks")
    add_heatmap(figure, "train_here-cells", heatmap_colours(gradient_map()))
    figure.quad(
        "left",
        "right",
        "top",
        "bottom",
        source=new_source("train_here-informative", left=[], right=[], top=[], bottom=[]),
        fill_color=AMBER,
        line_color=PAPER_DARK,
        line_width=0.5,
    )
    for event, dash in _DASHES.items():
        for line in (
            Span(line_width=4, line_color=PAPER_DARK, name=f"train_here-{event}-under"),
            Span(line_width=2, line_color=INK_DARK, line_dash=dash, name=f"train_here-{event}-over"),
        ):
            line.update(dimension="height", visible=False)
            figure.add_layout(line)
    return figure


def _loss() -> Model:
    figure = _on_training_steps("train_here-loss", y="loss", highest=_HIGHEST_LOSS, height=205)
    figure.yaxis.ticker = FixedTicker(ticks=[loss for loss, _ in _LOSSES])
    figure.yaxis.major_label_overrides = dict(_LOSSES)
    trivial = Span(location=1 / 6, dimension="width", line_dash=[6, 5], line_width=2)
    coloured(trivial, "soft", "soft")
    for event, dash in _DASHES.items():
        line = Span(dimension="height", line_dash=dash, line_width=2, name=f"train_here-{event}-loss")
        line.visible = False
        coloured(line, "ink", "ink")
        figure.add_layout(line)
    before = new_source("train_here-before", step=[], loss=[], median=[])
    figure.line(
        "step", "median", source=before, name="train_here-before-line", line_width=2.5, line_dash=[7, 4]
    )
    curve = new_source("train_here-curve", step=[], loss=[], median=[])
    figure.line("step", "loss", source=curve, name="train_here-raw", line_width=1, line_alpha=0.4)
    figure.add_layout(trivial)
    figure.line("step", "median", source=curve, name="train_here-median", line_width=3.5)
    left = figure.scatter(
        "step", "loss", source=new_source("train_here-left", step=[], loss=[]), size=11, line_width=2
    )
    coloured(left, "ink", "ink", of="both")
    _add_notes(figure)
    return figure


def _add_notes(figure: BokehFigure) -> None:
    """Names of the dashed lines and of the dot, beside them."""
    columns: dict[str, list[object]] = {key: [] for key in ("step", "loss", "text", "side", "dx", "dy")}
    notes = figure.text(
        "step",
        "loss",
        "text",
        source=new_source("train_here-notes", **columns),
        text_align="side",
        text_baseline="bottom",
        x_offset="dx",
        y_offset="dy",
        text_font_size="14px",
        name="train_here-words",
    )
    coloured(notes, "ink", "ink", of="text")


def _on_training_steps(name: str, *, y: str, highest: float, height: int) -> BokehFigure:
    lowest = 0.5 if name.endswith("gradient") else 0.0
    figure = new_figure(
        name,
        x="training step" if name.endswith("loss") else "",
        y=y,
        x_range=(0, _STEPS),
        y_range=(lowest, highest),
        height=height,
    )
    figure.min_border_left, figure.min_border_right = _LEFT, _RIGHT
    figure.xgrid.grid_line_color = None
    return figure


LESSON = Lesson(
    title="Train it here",
    question="What has to happen before a network learns to remember?",
    figures=_figures,
    scripts=(
        "core/random.js",
        "core/products.js",
        "core/cells.js",
        "core/scaling.js",
        "core/adjoint.js",
        "core/readout.js",
        "core/adam.js",
        "core/adding.js",
        "core/training.js",
        "lessons/crossing.js",
        "lessons/training_history.js",
        "lessons/training_run.js",
        "lessons/training_pictures.js",
    ),
)
