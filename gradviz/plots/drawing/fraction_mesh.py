"""A mesh of values on a linear scale, such as gate activations or fractions, and its colour bar."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colorbar import Colorbar
from matplotlib.colors import Colormap, Normalize
from matplotlib.image import PcolorImage

from gradviz.plots.drawing.canvas import figure_of
from gradviz.plots.drawing.cell_image import draw_cells
from gradviz.plots.drawing.edges import cell_edges
from gradviz.plots.drawing.gradient_grid import labels_of
from gradviz.plots.drawing.marks import MISSING, NON_FINITE, count_marks, draw_marks, legend_below
from gradviz.plots.drawing.ticks import set_end_ticks


def draw_fraction_mesh(ax: Axes, values: xr.DataArray, colours: Colormap, norm: Normalize) -> PcolorImage:
    """Draw values; what is missing or not finite is marked and counted.

    Parameters
    ----------
    ax : Axes
    values : DataArray, two dims
        The first dim goes up, the second to the right.
    colours : Colormap
    norm : Normalize
        Linear.

    Returns
    -------
    PcolorImage
    """
    rows, columns = (labels_of(values, str(dim)) for dim in values.dims)
    x_edges, y_edges = cell_edges(columns), cell_edges(rows)
    mesh = draw_cells(ax, values.values, x_edges, y_edges, colours=colours, norm=norm)
    marks = {NON_FINITE: np.isinf(values.values), MISSING: np.isnan(values.values)}
    draw_marks(ax, marks, x_edges, y_edges)
    set_end_ticks(ax.xaxis, columns[0], columns[-1], count=2)
    set_end_ticks(ax.yaxis, rows[0], rows[-1])
    legend_below(ax, count_marks([marks]))
    return mesh


def draw_fraction_bar(mesh: PcolorImage, axes: Sequence[Axes], *, label: str) -> Colorbar:
    """One colour bar for every panel of a linear scale, with ticks at its ends and middle.

    Parameters
    ----------
    mesh : PcolorImage
        Any of the panels'.
    axes : sequence of Axes
        The panels, of one figure.
    label : str

    Returns
    -------
    Colorbar
    """
    bar = figure_of(axes[0]).colorbar(mesh, ax=list(axes), aspect=28, pad=0.02)
    bar.outline.set_visible(False)
    low, high = mesh.get_clim()
    bar.set_ticks([low, (low + high) / 2, high])
    bar.set_label(label)
    return bar
