"""The figure of a run's page that shows one gate: its activation by unit and time step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bokeh.models.tickers import BasicTicker

from gradviz.plots.drawing.palette import gate_map, gradient_map, signed_map
from gradviz.report.page.bokeh_figures import add_heatmap, new_figure
from gradviz.report.run.marked_cells import add_hatching
from gradviz.report.run.run_colours import heatmap_colours

if TYPE_CHECKING:
    from bokeh.model import Model

GATE, SIGNED, GRADIENT = "gate", "signed", "gradient"
"""Colour maps: of activations from 0 up, of those around 0, and of gradient norms."""


def palettes() -> dict[str, list[str]]:
    """The colour of every code of a frame, by the colour map.

    Returns
    -------
    dict of str to list of str, length 256
        Keys "gate", "signed" and "gradient".
    """
    return {
        GATE: heatmap_colours(gate_map()),
        SIGNED: heatmap_colours(signed_map()),
        GRADIENT: heatmap_colours(gradient_map()),
    }


def gate_figure(name: str) -> Model:
    """An empty heatmap of unit by time step.

    Parameters
    ----------
    name : str
        The sources are ``NAME-cells`` and ``NAME-marks``, what is hatched; the vertical axis is
        ``NAME-y-axis``. A script sets both ranges.

    Returns
    -------
    bokeh.model.Model
    """
    figure = new_figure(name, x="time step", y="hidden unit", x_range=(0, 1), y_range=(0, 1), height=340)
    figure.yaxis[0].name = f"{name}-y-axis"
    figure.yaxis[0].ticker = BasicTicker(min_interval=1)  # a script may name the rows
    add_heatmap(figure, f"{name}-cells", heatmap_colours(gate_map()))
    add_hatching(figure, f"{name}-marks")
    return figure
