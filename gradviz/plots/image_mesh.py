"""A rectangular mesh that is drawn as one image: as fast for millions of cells as for a few."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.artist import allow_rasterization
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.collections import QuadMesh


class ImageMesh(QuadMesh):
    """A mesh of rectangles in linear axes, each pixel of which shows the cell that its centre is in.

    Parameters
    ----------
    x_edges, y_edges : ndarray, shape (column + 1,), (row + 1,)
        Ascending borders of the cells, data coordinates.
    values : ndarray, shape (row, column)
        Masked cells take the map's colour for bad values.
    **look
        Handed to `QuadMesh`: norm, cmap, rasterized.
    """

    def __init__(self, x_edges: np.ndarray, y_edges: np.ndarray, values: np.ndarray, **look: Any) -> None:
        corners = np.stack(np.meshgrid(x_edges, y_edges), axis=-1)
        super().__init__(corners, antialiased=False, shading="flat", **look)
        self.set_array(values)
        self._x_edges, self._y_edges = np.asarray(x_edges), np.asarray(y_edges)

    @allow_rasterization
    def draw(self, renderer: RendererBase) -> None:
        """Colour the pixels inside the axes, and nothing else."""
        axes, values = self.axes, self.get_array()
        if not self.get_visible() or not isinstance(axes, Axes) or values is None:
            return
        left, bottom, right, top = (round(end) for end in axes.bbox.extents)
        to_pixels = axes.transData.transform
        across = to_pixels(np.column_stack([self._x_edges, np.full_like(self._x_edges, self._y_edges[0])]))
        upwards = to_pixels(np.column_stack([np.full_like(self._y_edges, self._x_edges[0]), self._y_edges]))
        columns, inside_x = _cell_of_pixel(across[:, 0], left, right)
        rows, inside_y = _cell_of_pixel(upwards[:, 1], bottom, top)
        if not len(rows) or not len(columns):
            return
        image = self.to_rgba(np.ma.asarray(values)[np.ix_(rows, columns)], bytes=True)
        image[~(inside_y[:, None] & inside_x)] = 0
        context = renderer.new_gc()
        self._set_gc_clip(context)  # type: ignore[attr-defined]
        renderer.draw_image(context, left, bottom, image)
        context.restore()
        self.stale = False


def draw_image_mesh(
    ax: Axes, x_edges: np.ndarray, y_edges: np.ndarray, values: np.ndarray, **look: Any
) -> ImageMesh:
    """Add an `ImageMesh` to axes, whose limits it then fills.

    Parameters
    ----------
    ax : Axes
        Linear in both directions.
    x_edges, y_edges, values, **look
        As for `ImageMesh`.

    Returns
    -------
    ImageMesh
    """
    mesh = ImageMesh(x_edges, y_edges, np.ma.masked_invalid(values), **look)
    ax.add_collection(mesh, autolim=False)
    ax.set_xlim(x_edges[0], x_edges[-1])
    ax.set_ylim(y_edges[0], y_edges[-1])
    return mesh


def _cell_of_pixel(edges: np.ndarray, first: int, last: int) -> tuple[np.ndarray, np.ndarray]:
    """The cell that holds the centre of each pixel, and whether the centre is in any."""
    centres = np.arange(first, last) + 0.5
    cells = np.searchsorted(edges, centres, side="right") - 1
    return cells.clip(0, len(edges) - 2), (centres >= edges[0]) & (centres < edges[-1])
