"""A text in which every character is coloured by a gradient, a state or a gate at its time step."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, Normalize, to_rgb
from matplotlib.image import PcolorImage

from gradviz.cell_descriptions import cell_of
from gradviz.errors import BadRecording
from gradviz.measures.passing_gradient import passing_gradient, passing_name
from gradviz.measures.without_overflow import without_overflow
from gradviz.plots.drawing.canvas import axes_or_new, figure_of
from gradviz.plots.drawing.cell_image import draw_cells
from gradviz.plots.drawing.colour_limits import decade_norm
from gradviz.plots.drawing.fraction_mesh import draw_fraction_bar
from gradviz.plots.drawing.gate_scale import gate_scale
from gradviz.plots.drawing.gate_title import gate_title
from gradviz.plots.drawing.gradient_mesh import draw_colour_bar
from gradviz.plots.drawing.luminance import luminance
from gradviz.plots.drawing.marks import count_marks, draw_marks, legend_below, marked_cells
from gradviz.plots.drawing.palette import MARKS, PAPER_DARK, PAPER_LIGHT, gradient_map
from gradviz.plots.drawing.recorded_step import at_gate, at_sample, one_step, step_and_sequence
from gradviz.plots.drawing.text_characters import check_length, visible
from gradviz.recording.any_selection import takes_any_selection
from gradviz.recording.tree import check_variable
from gradviz.vocabulary import GATES, TIME, UNIT, H

_CELL_ASPECT = 0.55  # width of a character's cell divided by its height
_MIDDLE = 0.179  # luminance that has the same contrast to black and to white


class _Coloured(NamedTuple):
    """A value for every character, shape (time,), and its scale, which may be over log10 values."""

    values: np.ndarray
    colours: Colormap
    norm: Normalize
    what: str
    label: str
    log10: bool


@takes_any_selection(TIME)
def plot_text(
    data: xr.Dataset | xr.DataTree,
    text: str,
    *,
    ax: Axes | None = None,
    unit: int | None = None,
    gate: str | None = None,
    step: int | None = None,
    sample: int | None = None,
    module: str | None = None,
    call: int | None = None,
) -> Axes:
    """Characters whose background colour shows the gradient, a unit's state or a gate at their time step.

    Parameters
    ----------
    data : Dataset or DataTree
        Recorded while the last layer read `text`. For the gradient it has ``log10_grad_h``, dims (step,
        layer, direction, time, sample), in decades; for a unit ``h``, dims (step, layer, direction, time,
        sample, unit), and for a gate ``gates``, which also has the dim gate (``detail="full"``). Choose
        another layer or direction with, for example, ``data.sel(layer=0)``.
    text : str
        One character for each time step of the sequence.
    ax : Axes, optional
    unit : int, optional
        Draw the hidden state of this unit, or its `gate`.
    gate : str, optional
        Draw this gate of `unit`, or its mean over units. Without unit and gate the total gradient is drawn.
    step : int, optional
        Recorded training step; by default the last.
    sample : int, optional
        Index in the batch of the sequence that has the text; by default the first recorded. The sequences of
        a second call in a step are numbered on, as in the coordinate ``sample``.
    module : str, optional
        Required if the recording has several modules.
    call : int, optional
        By default the sequences of all calls in a step count together.

    Returns
    -------
    Axes
        Its texts are the characters, row by row; the first of its images has shape (row, column).

    Raises
    ------
    ValueError
        If the number of characters is not the number of time steps.
    BadRecording, UnknownName
        If the recording lacks the variable, unit, gate, step, sequence, module or call.

    References
    ----------
    Karpathy, Johnson and Fei-Fei (2015), "Visualizing and understanding recurrent networks", section 4.2.

    Examples
    --------
    >>> import gradviz as gv
    >>> from torch import nn
    >>> tree = gv.probe(nn.LSTM(2, 4, batch_first=True), length=5)
    >>> ax = gv.plot_text(tree, "to be", unit=2, gate="forget")
    >>> ax.get_title()
    'forget gate, unit 2 at training step 0, sequence 0'
    """
    series = at_sample(one_step(data, step, module=module, call=call), sample)
    coloured = _gradient(series) if unit is None and gate is None else _activation(series, unit, gate)
    if np.isnan(coloured.values[len(text) :]).all():  # the sequence is shorter than the longest of its batch
        coloured = coloured._replace(values=coloured.values[: len(text)])
    check_length(text, len(coloured.values))
    ax = axes_or_new(ax)
    image = _draw_background(ax, coloured)
    _draw_bar(ax, image, coloured)
    ax.set_title(f"{coloured.what} {step_and_sequence(series)}".strip())
    _write(ax, image, text)
    return ax


def _gradient(series: xr.Dataset) -> _Coloured:
    norms = passing_gradient(series)
    values = np.asarray(norms.values, dtype=np.float64)
    label = passing_name(series)
    return _Coloured(values, gradient_map(), decade_norm([values]), "gradient", label, log10=True)


def _activation(series: xr.Dataset, unit: int | None, gate: str | None) -> _Coloured:
    name = H if gate is None else GATES
    chosen = check_variable(series if gate is None else at_gate(series, gate), name)
    if unit is None:
        chosen, whose = (
            without_overflow(chosen, lambda part: part.mean(UNIT, keep_attrs=True)),
            "mean over units",
        )
    else:
        chosen, whose = _of_unit(chosen, unit), f"unit {unit}"
    values = np.asarray(chosen.transpose(TIME).values, dtype=np.float64)
    colours, norm = gate_scale(cell_of(series.attrs), gate or H, values)
    what = f"{gate_title(gate)}, {whose}" if gate else f"hidden state, {whose}"
    return _Coloured(values, colours, norm, what, str(chosen.attrs.get("long_name", name)), log10=False)


def _of_unit(values: xr.DataArray, unit: int) -> xr.DataArray:
    available = values[UNIT].values.tolist()
    if unit not in available:
        raise BadRecording(f"recording has no unit {unit}; it has {available[0]} to {available[-1]}")
    return values.isel({UNIT: available.index(unit)})


def rows_and_columns(count: int, aspect: float) -> tuple[int, int]:
    """Numbers of rows and columns with which characters fill the axes and are as large as possible.

    Parameters
    ----------
    count : int
        Number of characters, at least 1.
    aspect : float
        Width of the axes divided by their height.

    Returns
    -------
    rows, columns : int
    """
    columns = min(count, int(np.ceil(np.sqrt(count * aspect / _CELL_ASPECT))))
    return int(np.ceil(count / columns)), columns


def _draw_background(ax: Axes, coloured: _Coloured) -> PcolorImage:
    box = ax.get_position()
    width, height = figure_of(ax).get_size_inches() * (box.width, box.height)
    shape = rows_and_columns(len(coloured.values), width / height)
    grid = np.full(shape, np.nan)
    grid.flat[: len(coloured.values)] = coloured.values
    marks = marked_cells(grid)
    marks["missing"].flat[len(coloured.values) :] = False  # the rest of the last row is not text
    x_edges, y_edges = (np.arange(size + 1.0) for size in reversed(shape))
    image = draw_cells(ax, grid, x_edges, y_edges, colours=coloured.colours, norm=coloured.norm)
    draw_marks(ax, marks, x_edges, y_edges)
    ax.invert_yaxis()
    ax.set_xticks([])
    ax.set_yticks([])
    legend_below(ax, count_marks([marks]))
    return image


def _draw_bar(ax: Axes, image: PcolorImage, coloured: _Coloured) -> None:
    if coloured.log10:
        draw_colour_bar(image, ax, [coloured.values], coloured.label)
    else:
        draw_fraction_bar(image, ax, label=coloured.label)


def _write(ax: Axes, image: PcolorImage, text: str) -> None:
    figure_of(ax).draw_without_rendering()  # the layout sets the size of a cell
    values: np.ndarray = np.ma.asarray(image.get_array()).filled(np.nan)
    rows, columns = values.shape
    box, points = ax.get_window_extent(), 72 / figure_of(ax).dpi
    size = min(1.3 * box.width / columns, 0.7 * box.height / rows) * points
    shades = image.to_rgba(values).reshape(-1, 4)
    for place, character in enumerate(text):
        shade = shades[place][:3] if np.isfinite(values.flat[place]) else to_rgb(MARKS["missing"].colour)
        ax.text(
            place % columns + 0.5,
            place // columns + 0.5,
            character if character == " " else visible(character),
            ha="center",
            va="center",
            family="monospace",
            fontsize=size,
            color=PAPER_LIGHT if luminance(shade) < _MIDDLE else PAPER_DARK,
        )
