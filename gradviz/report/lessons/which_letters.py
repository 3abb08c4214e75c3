"""Lesson 4: how much each letter has to say in a prediction of the character model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from gradviz.report.lessons.cell_lines import LSTM_LINE
from gradviz.report.lessons.lesson import Lesson
from gradviz.report.page.bokeh_figures import coloured, new_figure, new_source

if TYPE_CHECKING:
    from bokeh.model import Model

NAME = "which_letters"
DECADES = 3  # of the colours, below the strongest
_SHADES = 61


def _figures() -> dict[str, Model]:
    figure = new_figure(
        "which_letters-gradient",
        x="characters back",
        y="log₁₀, the strongest is 0",
        x_range=(10.5, 0.5),
        y_range=(-DECADES - 0.2, 0.2),
        height=260,
    )
    direct = new_source("which_letters-direct", back=[], log10=[])
    coloured(
        figure.scatter("back", "log10", source=direct, size=17, line_width=3, fill_alpha=0), "soft", "soft"
    )
    total = new_source("which_letters-total", back=[], log10=[])
    coloured(figure.line("back", "log10", source=total, line_width=3.5), *LSTM_LINE)
    coloured(figure.scatter("back", "log10", source=total, size=9), *LSTM_LINE, of="both")
    zero = new_source("which_letters-zero", back=[], log10=[])
    coloured(figure.scatter("back", "log10", source=zero, size=11, marker="x", line_width=3), "soft", "soft")
    return {"which_letters-gradient": figure}


def _data() -> Mapping[str, Any]:
    from gradviz.plots.drawing.palette import MARKS, gradient_map

    shades = [_hex(gradient_map()(number / (_SHADES - 1))) for number in range(_SHADES)]
    inks = [_legible_on(shade) for shade in shades]
    zero = MARKS["zero"].colour
    return {"decades": DECADES, "shades": shades, "inks": inks, "zero": zero, "zero_ink": "#ffffff"}


def _legible_on(shade: str) -> str:
    from gradviz.plots.drawing.luminance import contrast

    return "#ffffff" if contrast("#ffffff", shade) > contrast("#000000", shade) else "#000000"


def _hex(colour: tuple[float, ...]) -> str:
    return "#" + "".join(f"{round(255 * channel):02x}" for channel in colour[:3])


LESSON = Lesson(
    title="Which letters matter",
    question="Which letters does a prediction depend on, and what of it does retain_grad show?",
    styles=("lessons/which_letters.css",),
    figures=_figures,
    scripts=(
        "core/products.js",
        "core/cells.js",
        "core/scaling.js",
        "core/adjoint.js",
        "core/readout.js",
        "lessons/seldom.js",
        "lessons/character_model.js",
        "lessons/coloured_text.js",
    ),
    data=_data,
)
