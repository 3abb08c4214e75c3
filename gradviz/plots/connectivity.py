"""Which past states the loss of every time step reaches."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import Normalize

from gradviz.dynamics_vocabulary import LOG10_CONNECTIVITY, LOSS_TIME
from gradviz.errors import BadRecording
from gradviz.plots.characters import check_length, label_characters
from gradviz.plots.drawing.canvas import axes_or_new, figure_of
from gradviz.plots.drawing.computed import check_computed
from gradviz.plots.drawing.fit_text import fit_text, font_size
from gradviz.plots.drawing.gradient_grid import GradientGrid, labels_of, long_name
from gradviz.plots.drawing.gradient_mesh import draw_colour_bar, draw_mesh
from gradviz.plots.drawing.limits import decade_norm
from gradviz.plots.drawing.marks import MISSING, count_marks, legend_below, marked_cells
from gradviz.plots.drawing.palette import ink
from gradviz.vocabulary import TIME

NO_WAY = "no way from here to the loss"


def plot_connectivity(
    data: xr.DataArray,
    *,
    ax: Axes | None = None,
    text: str | None = None,
    norm: Normalize | None = None,
) -> Axes:
    """Gradient of the loss at one time step (up) by the state at another (right); dark is little.

    Parameters
    ----------
    data : DataArray, dims (loss_time, time)
        Decades, as ``connectivity`` gives it. NaN, where no way leads from a state to the loss, is left bare.
    ax : Axes, optional
    text : str, optional
        A character for every time step, written along both axes.
    norm : Normalize, optional
        Over log10 values, of panels that are compared; by default robust limits in whole decades.

    Returns
    -------
    Axes
        The first of its images has shape (loss_time, time). Zeros and what is not finite bear marks
        that are counted in a legend.

    Raises
    ------
    BadRecording
        If the array has other dims.
    TypeError
        If the data is something else.
    ValueError
        If the text has another length than time.
    """
    data = check_computed(data, xr.DataArray, made_by="connectivity(model, x, targets)")
    if set(data.dims) != {LOSS_TIME, TIME}:
        raise BadRecording(
            f"connectivity has the dims ({LOSS_TIME}, {TIME}); this array has {tuple(map(str, data.dims))}"
        )
    grid = _grid(data.transpose(LOSS_TIME, TIME))
    if text is not None:
        check_length(text, len(grid.steps))
    ax = axes_or_new(ax)
    mesh = draw_mesh(ax, grid, norm or decade_norm([grid.on_scale]))
    ax.set_xlabel(grid.steps_label)
    ax.set_ylabel(grid.times_label)
    draw_colour_bar(mesh, ax, [grid], _fitting(ax, grid.label))
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
        times_label=long_name(array, LOSS_TIME).replace(LOSS_TIME, "time step of the loss"),
        label=str(array.attrs.get("long_name", LOG10_CONNECTIVITY)),
    )


def _fitting(ax: Axes, label: str) -> str:
    room = 0.8 * 72 * figure_of(ax).get_figheight()
    return fit_text(label, width=room, size=font_size("axes.labelsize"))


def _name_empty(ax: Axes, grid: GradientGrid) -> None:
    """Where the states after the loss are bare, or in a reverse direction those before it."""
    after, before = np.isnan(grid.log10[0, -1]), np.isnan(grid.log10[-1, 0])
    if not after and not before:
        return
    ax.text(
        0.97 if after else 0.03,
        0.05 if after else 0.95,
        NO_WAY.replace(" to", "\nto"),
        transform=ax.transAxes,
        ha="right" if after else "left",
        va="bottom" if after else "top",
        color=ink(),
        fontsize=font_size("xtick.labelsize"),
    )
