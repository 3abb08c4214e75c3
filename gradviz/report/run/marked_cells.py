"""The hatching of heatmap cells that no colour scale can show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradviz.report.page.bokeh_figures import new_source

if TYPE_CHECKING:
    from bokeh.plotting import figure as bokeh_figure


def add_hatching(figure: bokeh_figure, name: str) -> None:
    """Nothing hatched yet, above everything drawn so far; ``gradviz.hatch(NAME, ...)`` fills it.

    Parameters
    ----------
    figure : bokeh.plotting.figure
    name : str
        Of the source: columns ``left``, ``right``, ``bottom``, ``top``, ``hatch`` (a pattern as matplotlib
        writes it, once) and ``ink``.
    """
    source = new_source(name, left=[], right=[], bottom=[], top=[], hatch=[], ink=[])
    figure.quad(
        "left",
        "right",
        "top",
        "bottom",
        source=source,
        fill_color=None,
        line_color=None,
        hatch_pattern="hatch",
        hatch_color="ink",
        hatch_scale=7.0,
        hatch_weight=1.2,
    )
