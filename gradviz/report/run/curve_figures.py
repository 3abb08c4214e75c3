"""Figures of a run's page that are made of lines: gradient norm against time, learning curve."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bokeh.models.annotations import Span
from bokeh.models.glyphs import Text

from gradviz.report.data.scales import LOG10, Scale
from gradviz.report.page.bokeh_figures import coloured, new_figure, new_source
from gradviz.report.run.run_colours import RunLine

if TYPE_CHECKING:
    from bokeh.model import Model


def gradient_figure(
    name: str, lines: Sequence[RunLine], *, times: Scale, decades: Scale, with_others: bool = False
) -> Model:
    """An empty figure of gradient norm against time, with one line for each run.

    Parameters
    ----------
    name : str
        The sources are ``NAME-0``, ``NAME-1``, ...: columns ``time`` and ``decades``; and ``NAME-others-0``,
        ...: the same columns with a list for each line.
    lines : sequence of RunLine
    times, decades : Scale
        Ends of the axes.
    with_others : bool
        Whether the lines of all other places lie faint behind.
    """
    figure = new_figure(
        name,
        x="time step",
        y="gradient norm (log10)",
        x_range=(times.low, times.high),
        y_range=(decades.low, decades.high),
    )
    for number in range(len(lines) if with_others else 0):
        behind = new_source(f"{name}-others-{number}", time=[], decades=[])
        faint = figure.multi_line("time", "decades", source=behind, line_width=1, line_alpha=0.3)
        coloured(faint, "soft", "soft")
    for number, line in enumerate(lines):
        source = new_source(f"{name}-{number}", time=[], decades=[])
        drawn = figure.line("time", "decades", source=source, line_width=3, line_dash=line.dash)
        coloured(drawn, line.light, line.dark)
    return figure


def learning_curve_figure(
    name: str, lines: Sequence[RunLine], *, metric: str, steps: Scale, values: Scale
) -> Model:
    """An empty learning curve: raw values faint, their running median strong, and a mark at the step.

    Parameters
    ----------
    name : str
        Sources ``NAME-raw-0``, ``NAME-median-0``, ``NAME-validation-0``, ...: columns ``step``, ``value``;
        ``NAME-baseline-0``, ...:
        the trivial predictor, and its meaning in the column ``meaning``; ``NAME-point``: the values at the
        chosen step; ``NAME-lost``: values that are not finite, at the top. The model ``NAME-mark`` is a line
        at the chosen step.
    lines : sequence of RunLine
    metric : str
        Name of the vertical axis.
    steps, values : Scale
        Ends of the axes; the vertical one is logarithmic if its kind is "log10".
    """
    figure = new_figure(
        name,
        x="training step",
        y=metric,
        x_range=(steps.low, steps.high),
        y_range=(values.low, values.high),
        height=300,
        log_y=values.kind == LOG10,
    )
    for number, line in enumerate(lines):
        raw = new_source(f"{name}-raw-{number}", step=[], value=[])
        faint = figure.line("step", "value", source=raw, line_width=1, line_alpha=0.35)
        median = new_source(f"{name}-median-{number}", step=[], value=[])
        strong = figure.line("step", "value", source=median, line_width=3, line_dash=line.dash)
        validation = new_source(f"{name}-validation-{number}", step=[], value=[])
        joined = figure.line("step", "value", source=validation, line_width=1, line_dash="dotted")
        dots = figure.scatter("step", "value", source=validation, size=6)
        coloured(joined, line.light, line.dark)
        coloured(dots, line.light, line.dark, of="both")
        trivial = new_source(f"{name}-baseline-{number}", step=[], value=[])
        dashed = figure.line("step", "value", source=trivial, line_width=2, line_dash=[6, 5])
        coloured(faint, line.light, line.dark)
        coloured(strong, line.light, line.dark)
        coloured(dashed, "soft", "soft")
    meanings = new_source(f"{name}-meanings", step=[], value=[], meaning=[])
    meaning = Text(
        x="step",
        y="value",
        text="meaning",
        text_align="center",
        text_font_size="13px",
        y_offset=-6,
        background_fill_alpha=0.8,
    )
    words = figure.add_glyph(meanings, meaning)
    coloured(words, "soft", "soft", of="text")
    coloured(words, "paper", "paper", of="behind")
    points = figure.scatter("step", "value", source=new_source(f"{name}-point", step=[], value=[]), size=11)
    coloured(points, "ink", "ink", of="both")
    lost = new_source(f"{name}-lost", step=[], value=[])
    crosses = figure.scatter("step", "value", source=lost, marker="x", size=9, line_width=1.5)
    coloured(crosses, "ink", "ink")
    mark = Span(dimension="height", location=steps.low, line_width=2, name=f"{name}-mark")
    coloured(mark, "ink", "ink")
    figure.add_layout(mark)
    return figure
