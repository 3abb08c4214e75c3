"""A metric of many runs against a swept value."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator

from gradviz.cell_descriptions import CELLS
from gradviz.plots.drawing.baseline import TRIVIAL, draw_baseline, name_baseline
from gradviz.plots.drawing.canvas import axes_or_new
from gradviz.plots.drawing.line_labels import LineEnd, label_line_ends
from gradviz.plots.drawing.named_lines import DASH_DOT, LONG, SHORT, SOLID
from gradviz.plots.drawing.palette import Line, cell_line, gate_colours, line_of
from gradviz.plots.drawing.plain_text import plain_text
from gradviz.plots.drawing.ticks import set_log_ticks
from gradviz.recording.metrics import variable_attributes
from gradviz.vocabulary import LOSS, VALIDATION

_CELL, _SEED, _VARIANT = "model.cell", "seed", "other swept values"
_MOST_VARIANTS = 8  # lines or bars beside each other
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
        Key of the x axis; by default the first one with numbers that is neither cell nor seed, else the first
        one of names.
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
        line joins the medians and has its name at its end, one for each combination of the other swept
        values; if they are names, each median is a bar, one for each combination. The
        metric's axis is logarithmic if the values span a factor of ten or more. Runs without a finite value
        are left out and counted in the label of that axis.

    Raises
    ------
    ValueError
        If nothing was swept, or no run has a finite value.
    """
    if not swept:
        raise ValueError("nothing was swept; give at least one key")
    finite = table[np.isfinite(table[metric].astype(float))].copy()
    if finite.empty:
        raise ValueError(f"no run of this sweep has a finite {metric}; there is nothing to draw")
    along = x or _axis(finite, swept)
    others = _others(finite, swept, along)
    joined = _are_numbers(finite[along])
    if others and not joined:
        finite[along] = _combined(finite, [along, *others])
        others = []
    places = _places(finite[along])
    ax = axes_or_new(ax)
    by_cell = _CELL in swept
    finite[_VARIANT] = _combined(finite, others, named=True) if others else ""
    looks = _looks(finite, by_cell)
    ends = [
        _draw_group(ax, runs[along].map(places), runs[metric].astype(float), looks[group], joined)._replace(
            text=_name(group)
        )
        for group, runs in finite.groupby(list(_keys(by_cell)), sort=False)
    ]
    _label_x(ax, along, places, finite[along])
    if finite[metric].min() > 0 and finite[metric].max() >= 10 * finite[metric].min():
        ax.set_yscale("log")
        _set_log_ticks(ax)
    lost = len(table) - len(finite)
    note = f"\n({lost} of {len(table)} runs have no finite value)" if lost else ""
    when = "evaluation" if metric.startswith(VALIDATION) else "step"
    ax.set_ylabel(f"{plain_text(variable_attributes(metric)['long_name'])} at the last {when}{note}")
    if baseline is not None:
        draw_baseline(ax, baseline)
        name_baseline(ax, baseline, baseline_meaning, outside=False)
    label_line_ends(ax, ends if others or (by_cell and along != _CELL) else [])
    return ax


def _set_log_ticks(ax: Axes) -> None:
    """Powers of ten, or 1, 2 and 5 of them where fewer than two would be seen."""
    set_log_ticks(ax)
    low, high = ax.get_ylim()
    if np.floor(np.log10(high)) - np.ceil(np.log10(low)) < 1:
        ax.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))


def _axis(table: pd.DataFrame, swept: Sequence[str]) -> str:
    keys = [key for key in swept if key not in (_CELL, _SEED) and table[key].nunique(dropna=False) > 1]
    keys = keys or [key for key in swept if key not in (_CELL, _SEED)] or list(swept[:1])
    return next((key for key in keys if _are_numbers(table[key])), keys[0])


def _others(table: pd.DataFrame, swept: Sequence[str], along: str) -> list[str]:
    """The other keys that vary; none if they have so many values that nobody could tell them apart."""
    if along == _SEED:
        return []
    keys = [key for key in swept if key not in (along, _CELL, _SEED)]
    keys = [key for key in keys if table[key].nunique(dropna=False) > 1]
    beside = keys if _are_numbers(table[along]) else [along, *keys]
    return keys if len(table[beside].drop_duplicates()) <= _MOST_VARIANTS else []


def _combined(table: pd.DataFrame, keys: Sequence[str], *, named: bool = False) -> pd.Series:
    """The values of several keys as one text, on a line each; ``named`` with the last part of the key."""
    parts = [
        table[key].map(lambda value, key=key: f"{_short(key)} {value}" if named else f"{value}")
        for key in keys
    ]
    return pd.Series(["\n".join(texts) for texts in zip(*parts, strict=True)], index=table.index)


def _short(key: str) -> str:
    return key.rpartition(".")[2].replace("_", " ")


def _keys(by_cell: bool) -> tuple[str, ...]:
    return (_CELL, _VARIANT) if by_cell else (_VARIANT,)


def _looks(table: pd.DataFrame, by_cell: bool) -> dict[tuple[object, ...], Line]:
    """The line of every group: the colour of its cell and a dash for the rest, or a colour for the rest."""
    variants = list(dict.fromkeys(table[_VARIANT]))
    if not by_cell:
        colours = gate_colours(variants) if len(variants) > 1 else [line_of(None).colour]
        dashes = itertools.cycle((SOLID, LONG, SHORT, DASH_DOT))  # lines of the same medians are all seen
        looks = map(Line, colours, dashes)
        return {(one,): look for one, look in zip(variants, looks, strict=True)}
    return {
        (cell, one): cell_line(str(cell), number) if cell in CELLS and number else line_of(cell)
        for cell in dict.fromkeys(table[_CELL])
        for number, one in enumerate(variants)
    }


def _name(group: tuple[object, ...]) -> str:
    """What stands at the end of a line: the cell and what else was swept."""
    *cell, variant = group
    label = CELLS[str(cell[0])].label if cell and cell[0] in CELLS else ""
    return "\n".join(part for part in (label, str(variant)) if part)


def _places(values: pd.Series) -> dict[object, float]:
    """Position of each value on the axis: the value itself if it is a number, else 0, 1, 2, ..."""
    distinct = list(dict.fromkeys(values))
    if _are_numbers(values):
        return {value: float(value) for value in distinct}
    return {value: float(place) for place, value in enumerate(distinct)}


def _are_numbers(values: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)


def _draw_group(ax: Axes, x: pd.Series, y: pd.Series, look: Line, joined: bool) -> LineEnd:
    middle = y.groupby(x.values).median().sort_index()
    ax.plot(x, y, "o", color=look.colour, alpha=0.45, markeredgewidth=0)
    if joined:
        ax.plot(middle.index, middle.values, color=look.colour, linestyle=look.dash)
    else:
        ax.plot(middle.index, middle.values, "_", color=look.colour, markersize=40, markeredgewidth=3)
    return LineEnd(float(middle.index[-1]), float(middle.values[-1]), "", look.colour)


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
    ax.set_xlabel(f"{plain_text(_short(along))}\n(point: a run, {'line' if numbers else 'bar'}: median)")
