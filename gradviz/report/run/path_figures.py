"""The figure of a run's page that shows how much of the gradient takes each path."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from bokeh.models.glyphs import VArea

from gradviz.report.data.scales import Scale
from gradviz.report.page.bokeh_figures import coloured, new_figure, new_source
from gradviz.report.run.run_colours import RunLine

if TYPE_CHECKING:
    from bokeh.model import Model


def path_figure(name: str, lines: Mapping[str, RunLine], *, times: Scale) -> Model:
    """An empty figure of the gradient's paths against time: a line for each norm, a band for each fraction.

    Parameters
    ----------
    name : str
        Sources ``NAME-line-PATH`` (columns ``time``, ``decades``), ``NAME-alone-PATH`` (the same: values
        whose neighbours are not drawn) and ``NAME-band-PATH`` (columns ``time``, ``bottom``, ``top``: two
        rows for each time step, where its band begins and where it ends); the vertical axis is
        ``NAME-y-axis``.
    lines : mapping of str to RunLine
        Of each path.
    times : Scale
        Ends of the horizontal axis.

    Returns
    -------
    bokeh.model.Model
    """
    figure = new_figure(
        name,
        x="time step",
        y="contribution to the gradient (log10)",
        x_range=(times.low - 0.5, times.high + 0.5),
        y_range=(0, 1),
        height=340,
    )
    figure.yaxis[0].name = f"{name}-y-axis"
    for path, line in lines.items():
        bands = new_source(f"{name}-band-{path}", time=[], bottom=[], top=[])
        band = VArea(x="time", y1="bottom", y2="top")
        coloured(figure.add_glyph(bands, band), line.light, line.dark, of="fill")
        norms = new_source(f"{name}-line-{path}", time=[], decades=[])
        drawn = figure.line("time", "decades", source=norms, line_width=3, line_dash=line.dash)
        coloured(drawn, line.light, line.dark)
        single = new_source(f"{name}-alone-{path}", time=[], decades=[])
        dots = figure.scatter("time", "decades", source=single, size=7)
        coloured(dots, line.light, line.dark, of="both")
    return figure
