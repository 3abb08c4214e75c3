"""The cells of a heatmap as one image: fast with millions of cells, and small in a vector file."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, Normalize
from matplotlib.image import PcolorImage

from gradviz.plots.drawing.palette import GREY, is_dark

_FAR = 1e30


def draw_cells(
    ax: Axes,
    values: np.ndarray,
    x_edges: np.ndarray,
    y_edges: np.ndarray,
    *,
    colours: Colormap,
    norm: Normalize,
) -> PcolorImage:
    """Draw values as cells between the given edges, and set the limits of the axes to the outer edges.

    Parameters
    ----------
    ax : Axes
        Both scales are linear.
    values : ndarray, shape (row, column)
        Cells that are not finite are left blank.
    x_edges, y_edges : ndarray, shape (column + 1,), (row + 1,)
        Ascending, in data coordinates, not necessarily evenly spaced.
    colours : Colormap
    norm : Normalize

    Returns
    -------
    PcolorImage
        The last of ``ax.images``. Each pixel shows the cell that contains its centre.
    """
    image = PcolorImage(
        ax,
        x_edges,
        y_edges,
        np.ma.masked_invalid(_drawable(values, norm), copy=False),
        cmap=colours,
        norm=norm,
    )
    ax.add_image(image)
    image.set_clip_path(ax.patch)
    image.set_in_layout(False)  # it fills the axes and cannot report its own extent
    ax.set_xlim(x_edges[0], x_edges[-1])
    ax.set_ylim(y_edges[0], y_edges[-1])
    ax.grid(False)  # the grid of a user's style would lie over the cells
    draw_edge(ax.spines[:])
    return image


def draw_edge(frame: Any) -> None:
    """Show the frame of a heatmap or of its colour bar only on a dark page, into which its black would melt.

    Parameters
    ----------
    frame : Spine, or several
    """
    frame.set_visible(is_dark())
    frame.set_edgecolor(GREY)


def _drawable(values: np.ndarray, norm: Normalize) -> np.ndarray:
    """Values far beyond the scale are drawn as its end, and may be too large for its arithmetic."""
    if values.dtype.kind != "f" or not np.any(np.abs(values) > _FAR):
        return values
    far = max(_FAR, *(abs(end) for end in (norm.vmin, norm.vmax) if end is not None))
    return np.where(np.isinf(values), values, values.astype(np.float64).clip(-far, far))
