"""The cells of a heatmap as one image: quick where they are millions, small in a vector file."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, Normalize
from matplotlib.image import PcolorImage


def draw_cells(
    ax: Axes,
    values: np.ndarray,
    x_edges: np.ndarray,
    y_edges: np.ndarray,
    *,
    colours: Colormap,
    norm: Normalize,
) -> PcolorImage:
    """Draw values as cells that end where their edges say, and let the axes end with them.

    Parameters
    ----------
    ax : Axes
        On linear scales.
    values : ndarray, shape (row, column)
        What is not finite is left bare.
    x_edges, y_edges : ndarray, shape (column + 1,), (row + 1,)
        Ascending, in data coordinates; they need not be evenly spaced.
    colours : Colormap
    norm : Normalize

    Returns
    -------
    PcolorImage
        The last of ``ax.images``. A pixel shows the one cell that its centre lies in.
    """
    image = PcolorImage(
        ax, x_edges, y_edges, np.ma.masked_invalid(values, copy=False), cmap=colours, norm=norm
    )
    ax.add_image(image)
    image.set_clip_path(ax.patch)
    image.set_in_layout(False)  # it ends with the axes; of itself it cannot say where
    ax.set_xlim(x_edges[0], x_edges[-1])
    ax.set_ylim(y_edges[0], y_edges[-1])
    ax.spines[:].set_visible(False)
    return image
