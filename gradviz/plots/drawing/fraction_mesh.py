"""A mesh of values on a linear scale, such as gate activations or fractions, and its colour bar."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colorbar import Colorbar
from matplotlib.colors import Colormap, Normalize
from matplotlib.image import PcolorImage

from gradviz.plots.drawing.cell_image import draw_cells
from gradviz.plots.drawing.colour_bar import colour_bar
from gradviz.plots.drawing.dim_labels import labels_of, long_name
from gradviz.plots.drawing.edges import cell_edges
from gradviz.plots.drawing.marks import MISSING, NON_FINITE, count_marks, draw_marks, legend_below
from gradviz.plots.drawing.palette import gate_map
from gradviz.plots.drawing.plain_text import plain_text
from gradviz.plots.drawing.ticks import set_end_ticks


def draw_fraction_mesh(ax: Axes, values: xr.DataArray, colours: Colormap, norm: Normalize) -> PcolorImage:
    """Draw values on a linear scale; missing values and those that are not finite are marked and counted.

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


def draw_saturation(ax: Axes, fraction: xr.DataArray) -> PcolorImage:
    """Draw saturated fractions on a scale from 0 to 1 and name both axes by their dims.

    Parameters
    ----------
    ax : Axes
    fraction : DataArray, two dims
        In [0, 1]. The first dim goes up, the second to the right.

    Returns
    -------
    PcolorImage
    """
    mesh = draw_fraction_mesh(ax, fraction, gate_map(), Normalize(0, 1))
    up, right = map(str, fraction.dims)
    ax.set_xlabel(plain_text(long_name(fraction, right)))
    ax.set_ylabel(plain_text(long_name(fraction, up)))
    return mesh


def draw_fraction_bar(mesh: PcolorImage, axes: Axes | Sequence[Axes], *, label: str) -> Colorbar:
    """Draw the colour bar of panels on one linear scale, with ticks at its ends and its middle.

    It ends in an arrow if a value of `mesh` lies above the scale.

    Parameters
    ----------
    mesh : PcolorImage
        The mesh of any of the panels.
    axes : Axes or sequence of Axes
        The panels, all in one figure.
    label : str

    Returns
    -------
    Colorbar
    """
    low, high = mesh.get_clim()
    values = mesh.get_array()
    goes_on = values is not None and bool((np.ma.masked_invalid(values) > high).any())
    bar = colour_bar(mesh, axes, label=label, extend="max" if goes_on else "neither")
    bar.set_ticks([low, (low + high) / 2, high])
    return bar
