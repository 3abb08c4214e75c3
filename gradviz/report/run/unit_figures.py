"""Figures of a run's page with a dot for each unit: saturated fractions, time constants."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bokeh.models.annotations import Label, Span
from bokeh.models.formatters import NumeralTickFormatter
from bokeh.models.glyphs import Text
from bokeh.models.tools import HoverTool

from gradviz.report.data.scales import Scale
from gradviz.report.page.bokeh_figures import coloured, new_figure, new_source

if TYPE_CHECKING:
    from bokeh.model import Model

_DASHED = [6, 5]


def saturation_figure(name: str) -> Model:
    """An empty scatter plot of the right against the left saturated fraction, in [0, 1].

    Parameters
    ----------
    name : str
        The source is ``NAME-dots``, one row for each gate at each point: columns ``left``, ``right``,
        ``gate``, ``units`` and ``count`` (which units, and how many), ``size`` (diameter in pixels),
        ``light`` and ``dark`` (colours).

    Returns
    -------
    bokeh.model.Model
    """
    figure = new_figure(
        name,
        x="left-saturated fraction",
        y="right-saturated fraction",
        x_range=(-0.06, 1.06),
        y_range=(-0.06, 1.06),
        height=420,
    )
    border = figure.line([0, 1], [1, 0], line_width=1.5, line_dash=_DASHED)
    coloured(border, "soft", "soft")
    words = new_source(f"{name}-border", x=[0.53], y=[0.5], text=["always saturated"])
    said = figure.add_glyph(
        words, Text(x="x", y="y", text="text", text_font_size="13px", text_baseline="bottom")
    )
    coloured(said, "soft", "soft", of="text")
    source = new_source(
        f"{name}-dots", left=[], right=[], gate=[], units=[], count=[], size=[], light=[], dark=[]
    )
    dots = figure.scatter("left", "right", source=source, size="size", line_width=1)
    coloured(dots, "light", "dark", of="fill", columns=True)
    coloured(dots, "paper", "paper")
    tips = [("gate", "@gate"), ("units", "@units"), ("left", "@left{0.000}"), ("right", "@right{0.000}")]
    figure.add_tools(HoverTool(renderers=[dots], tooltips=tips, visible=False))
    return figure


def time_constant_figure(name: str, *, constants: Scale, most_units: int, lag: float | None) -> Model:
    """An empty plot of sorted time constants on a log axis.

    Parameters
    ----------
    name : str
        The source is ``NAME-dots``: columns ``rank``, ``constant``, ``unit``, ``light`` and ``dark``. The
        model ``NAME-lag`` is a dashed line at the chosen run's lag, ``NAME-lag-words`` says what it is.
    constants : Scale
    most_units : int
        Of any run.
    lag : float or None
        The longest of any run; the axis reaches beyond it.

    Returns
    -------
    bokeh.model.Model
    """
    figure = new_figure(
        name,
        x="units, shortest time constant first",
        y="time constant in time steps",
        x_range=(-0.03 * most_units - 0.5, 1.03 * most_units - 0.5),
        y_range=(0.9, max(constants.high, 1.6 * (lag or 0))),
        height=420,
        log_y=True,
    )
    figure.yaxis[0].formatter = NumeralTickFormatter(format="0,0")
    source = new_source(f"{name}-dots", rank=[], constant=[], unit=[], light=[], dark=[])
    dots = figure.scatter("rank", "constant", source=source, size=8, line_width=1)
    coloured(dots, "light", "dark", of="fill", columns=True)
    coloured(dots, "paper", "paper")
    tips = [("unit", "@unit"), ("time constant", "@constant{0,0.0}")]
    figure.add_tools(HoverTool(renderers=[dots], tooltips=tips, visible=False))
    line = Span(
        dimension="width", location=1.0, line_width=2, line_dash=_DASHED, name=f"{name}-lag", visible=False
    )
    coloured(line, "soft", "soft")
    words = Label(
        x=-0.5, y=1.0, y_offset=4, text="", text_font_size="13px", name=f"{name}-lag-words", visible=False
    )
    coloured(words, "soft", "soft", of="text")
    figure.add_layout(line)
    figure.add_layout(words)
    return figure
