"""A metric of many runs against a swept value."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from gradviz.cell_descriptions import CELLS
from gradviz.plots.drawing.baseline import TRIVIAL, draw_baseline, name_baseline
from gradviz.plots.drawing.canvas import axes_or_new
from gradviz.plots.drawing.line_labels import LineEnd, label_line_ends
from gradviz.plots.drawing.palette import line_of
from gradviz.plots.drawing.plain_text import plain_text
from gradviz.plots.drawing.ticks import set_log_ticks
from gradviz.recording.metrics import variable_attributes
from gradviz.vocabulary import LOSS

_CELL, _SEED = "model.cell", "seed"
_MOST_TICKS = 12  # of numbers; more, as a random search draws them, would overlap


def plot_sweep(
    table: pd.DataFrame,
    swept: Sequence[str],
    *,
    ax: Axes | None = None,
    x: str | None = None,
    metric: str = LOSS,
    baseline: float | None = None,
    baseline_meaning: str = TRIVIAL,
) -> Axes:
    """A metric of every run as a point, and the median of the runs at each swept value.

    Parameters
    ----------
    table : DataFrame
        One row for each run: the swept values under their dotted keys, and the metric at the last step.
    swept : sequence of str
        The dotted keys of the swept values.
    ax : Axes, optional
    x : str, optional
        Key of the x axis; by default the first one that is neither cell nor seed.
    metric : str
        A column of the table.
    baseline : float, optional
        Value of the trivial predictor, in the metric's units.
    baseline_meaning : str
        What that predictor does; written on its line.

    Returns
    -------
    Axes
        Points and medians have the colour of their cell if cells were swept. If the x values are numbers, a
        line joins the medians and has its name at its end; if they are names, each median is a bar. The
        metric's axis is logarithmic if the values span a factor of ten or more. Runs without a finite value
        are left out and counted in the label of that axis.

    Raises
    ------
    ValueError
        If nothing was swept, or no run has a finite value.
    """
    along = x or _axis(swept)
    finite = table[np.isfinite(table[metric].astype(float))]
    if finite.empty:
        raise ValueError(f"no run of this sweep has a finite {metric}; there is nothing to draw")
    places = _places(finite[along])
    ax = axes_or_new(ax)
    by_cell = _CELL in swept
    groups = finite.groupby(_CELL, sort=False) if by_cell else [(None, finite)]
    joined = _are_numbers(finite[along])
    ends = [
        _draw_group(ax, runs[along].map(places), runs[metric].astype(float), cell, joined)
        for cell, runs in groups
    ]
    _label_x(ax, along, places, finite[along])
    if finite[metric].min() > 0 and finite[metric].max() >= 10 * finite[metric].min():
        ax.set_yscale("log")
        set_log_ticks(ax)
    lost = len(table) - len(finite)
    note = f"\n({lost} of {len(table)} runs have no finite value)" if lost else ""
    ax.set_ylabel(f"{plain_text(variable_attributes(metric)['long_name'])} at the last step{note}")
    if baseline is not None:
        draw_baseline(ax, baseline)
        name_baseline(ax, baseline, baseline_meaning, outside=False)
    label_line_ends(ax, ends if by_cell and along != _CELL else [])
    return ax


def _axis(swept: Sequence[str]) -> str:
    if not swept:
        raise ValueError("nothing was swept; give at least one key")
    return next((key for key in swept if key not in (_CELL, _SEED)), swept[0])


def _places(values: pd.Series) -> dict[object, float]:
    """Position of each value on the axis: the value itself if it is a number, else 0, 1, 2, ..."""
    distinct = list(dict.fromkeys(values))
    if _are_numbers(values):
        return {value: float(value) for value in distinct}
    return {value: float(place) for place, value in enumerate(distinct)}


def _are_numbers(values: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)


def _draw_group(ax: Axes, x: pd.Series, y: pd.Series, cell: object, joined: bool) -> LineEnd:
    look = line_of(cell)
    middle = y.groupby(x.values).median().sort_index()
    ax.plot(x, y, "o", color=look.colour, alpha=0.45, markeredgewidth=0)
    if joined:
        ax.plot(middle.index, middle.values, color=look.colour, linestyle=look.dash)
    else:
        ax.plot(middle.index, middle.values, "_", color=look.colour, markersize=40, markeredgewidth=3)
    name = CELLS[str(cell)].label if cell in CELLS else ""
    return LineEnd(float(middle.index[-1]), float(middle.values[-1]), name, look.colour)


def _label_x(ax: Axes, along: str, places: dict[object, float], values: pd.Series) -> None:
    spread = list(places.values())
    numbers = _are_numbers(values)
    if numbers and min(spread) > 0 and max(spread) / min(spread) > 20:
        ax.set_xscale("log")
    if not numbers or len(spread) <= _MOST_TICKS:
        ax.set_xticks(spread, [plain_text(value) for value in places])
        ax.minorticks_off()
    if not numbers:
        ax.set_xlim(-0.5, len(places) - 0.5)
    what = along.rpartition(".")[2].replace("_", " ")
    ax.set_xlabel(f"{plain_text(what)}\n(point: a run, {'line' if numbers else 'bar'}: median)")
