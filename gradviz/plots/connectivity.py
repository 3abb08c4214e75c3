"""Which past states the gradient of the loss at every time step reaches."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.patches import PathPatch

from gradviz.dynamics_vocabulary import DYNAMICS_DIMENSIONS, LOG10_CONNECTIVITY, LOSS_TIME
from gradviz.errors import BadRecording
from gradviz.plots.characters import label_characters
from gradviz.plots.drawing.canvas import axes_or_new, figure_of
from gradviz.plots.drawing.colour_limits import decade_norm
from gradviz.plots.drawing.computed import check_computed
from gradviz.plots.drawing.dim_labels import labels_of, long_name
from gradviz.plots.drawing.edges import cell_edges
from gradviz.plots.drawing.fit_text import fit_text, font_size
from gradviz.plots.drawing.gradient_grid import GradientGrid
from gradviz.plots.drawing.gradient_mesh import draw_colour_bar, draw_mesh
from gradviz.plots.drawing.marks import MISSING, cells_path, count_marks, legend_below, marked_cells
from gradviz.plots.drawing.palette import GREY, ink
from gradviz.plots.drawing.plain_text import plain_text
from gradviz.plots.drawing.text_characters import check_length
from gradviz.vocabulary import TIME

NO_PATH = "no path from here to the loss"


def plot_connectivity(
    data: xr.DataArray,
    *,
    ax: Axes | None = None,
    text: str | None = None,
    norm: Normalize | None = None,
) -> Axes:
    """Gradient of the loss at one time step (up) with respect to the state at another (right).

    Dark means a small gradient.

    Parameters
    ----------
    data : DataArray, dims (loss_time, time)
        Decades, as returned by ``connectivity``. Cells with NaN, where the loss does not depend on the state,
        are hatched.
    ax : Axes, optional
    text : str, optional
        One character for each time step, written along both axes.
    norm : Normalize, optional
        Scale over log10 values, to share between panels; by default robust limits in whole decades.

    Returns
    -------
    Axes
        The first of its images has shape (loss_time, time). Zeros and values that are not finite are marked
        and counted in a legend.

    Raises
    ------
    BadRecording
        If the array has other dims.
    TypeError
        If the data is not a DataArray.
    ValueError
        If the number of characters is not the number of time steps.

    Examples
    --------
    >>> import gradviz as gv
    >>> import torch
    >>> model = gv.SequenceModel("lstm", 2, 8, 1, every_step=True)
    >>> data = gv.connectivity(model, torch.randn(3, 10, 2), torch.zeros(3, 10, 1))
    >>> ax = gv.plot_connectivity(data)
    >>> ax.get_xlabel(), ax.get_ylabel()
    ('time step of the state', 'time step of the loss')
    """
    data = check_computed(data, xr.DataArray, made_by="connectivity(model, x, targets)")
    if set(data.dims) != {LOSS_TIME, TIME}:
        raise BadRecording(
            f"connectivity has dims ({LOSS_TIME}, {TIME}); this array has {tuple(map(str, data.dims))}"
        )
    grid = _grid(data.transpose(LOSS_TIME, TIME))
    if text is not None:
        check_length(text, len(grid.steps))
    ax = axes_or_new(ax)
    mesh = draw_mesh(ax, grid, norm or decade_norm([grid.on_scale]))
    ax.set_xlabel(plain_text(grid.steps_label))
    ax.set_ylabel(plain_text(grid.times_label))
    draw_colour_bar(mesh, ax, [grid.on_scale], _fitting(ax, grid.label))
    _hatch_empty(ax, grid)
    _name_empty(ax, grid)
    legend_below(ax, count_marks([grid.marks]))
    if text is not None:
        label_characters(ax, text)
        label_characters(ax, text, upwards=True)
    return ax


def _grid(array: xr.DataArray) -> GradientGrid:
    values = np.asarray(array.values, dtype=np.float64)
    times, losses = labels_of(array, TIME), labels_of(array, LOSS_TIME)
    marks = {name: mask for name, mask in marked_cells(values).items() if name != MISSING}
    return GradientGrid(
        steps=times,
        times=losses,
        log10=values,
        marks=marks,
        steps_label=f"{long_name(array, TIME)} of the state",
        times_label=str(array[LOSS_TIME].attrs.get("long_name", DYNAMICS_DIMENSIONS[LOSS_TIME].long_name)),
        label=str(array.attrs.get("long_name", LOG10_CONNECTIVITY)),
    )


def _fitting(ax: Axes, label: str) -> str:
    room = 0.8 * 72 * figure_of(ax).get_figheight()
    return fit_text(label, width=room, size=font_size("axes.labelsize"))


def _hatch_empty(ax: Axes, grid: GradientGrid) -> None:
    """Hatch the cells without a path in grey, which is no colour of the map, on the background."""
    empty = np.isnan(grid.log10)
    if empty.any():
        path = cells_path(empty, cell_edges(grid.steps), cell_edges(grid.times))
        background = plt.rcParams["axes.facecolor"]
        ax.add_artist(
            PathPatch(path, facecolor=background, edgecolor=GREY, hatch="//", linewidth=0, gid="no-path")
        )


def _name_empty(ax: Axes, grid: GradientGrid) -> None:
    """Explain the hatched cells: states after the loss or, in the reverse direction, before it."""
    after, before = np.isnan(grid.log10[0, -1]), np.isnan(grid.log10[-1, 0])
    if not after and not before:
        return
    ax.text(
        0.97 if after else 0.03,
        0.05 if after else 0.95,
        NO_PATH.replace(" to", "\nto"),
        transform=ax.transAxes,
        ha="right" if after else "left",
        va="bottom" if after else "top",
        color=ink(),
        fontsize=font_size("xtick.labelsize"),
        bbox={"facecolor": plt.rcParams["axes.facecolor"], "edgecolor": "none", "pad": 2},
    )
