"""Figures of a run's page that are heatmaps: gradient by training step and time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bokeh.models.annotations import Span
from bokeh.models.tools import TapTool

from gradviz.plots.drawing.palette import AMBER, gradient_map
from gradviz.report.data.scales import Scale
from gradviz.report.page.bokeh_figures import add_heatmap, new_figure, new_source
from gradviz.report.run.marked_cells import add_hatching
from gradviz.report.run.run_colours import heatmap_colours

if TYPE_CHECKING:
    from bokeh.model import Model


def training_heatmap(name: str, *, steps: Scale, times: Scale) -> Model:
    """An empty heatmap of training step by time step, with a line at the chosen training step.

    Parameters
    ----------
    name : str
        The source of the heatmap is ``NAME-cells``, that of its hatching ``NAME-marks``;
        ``NAME-informative`` marks the informative time steps at the left edge (columns ``step``, ``time``,
        ``width``); ``NAME-mark`` is the line, ``NAME-mark-edge`` what is seen of it where all is pale.
    steps, times : Scale
        Ends of the axes: labels of the first and the last.
    """
    figure = new_figure(
        name,
        x="training step",
        y="time step",
        x_range=(steps.low, steps.high),
        y_range=(times.low - 0.5, times.high + 0.5),
        height=260,
    )
    add_heatmap(figure, f"{name}-cells", heatmap_colours(gradient_map()))
    add_hatching(figure, f"{name}-marks")
    informative = new_source(f"{name}-informative", step=[], time=[], width=[])
    figure.rect("step", "time", "width", 1.0, source=informative, fill_color=AMBER, line_color=None)
    for part, width, colour in (("mark-edge", 5, "#14121f"), ("mark", 2, "#ffffff")):
        line = Span(dimension="height", location=steps.low, line_width=width, line_color=colour)
        line.name = f"{name}-{part}"
        figure.add_layout(line)
    figure.add_tools(TapTool(renderers=[]))  # nothing is selected by it
    return figure
