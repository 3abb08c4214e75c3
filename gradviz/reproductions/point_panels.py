"""Panels with one place for each point of a sweep: shares of runs that learned, and measured numbers."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from gradviz.diagnosis.reliability import wilson
from gradviz.experiment.sweep.intervals import Bounds, median_interval
from gradviz.plots.drawing.fit_text import fit_text, font_size
from gradviz.plots.drawing.palette import GREY, Line, text_colour
from gradviz.plots.drawing.ticks import set_fraction_ticks, set_log_ticks
from gradviz.reproductions.measured_labels import label_and_unit
from gradviz.reproductions.result_file import ReproductionResult
from gradviz.reproductions.runs_by_point import PointRuns, groups_along

_MOST_LINES = 3  # of the name of a point below an axis
_APART = 0.18  # of the smallest distance between two places: what stands at the same one is moved so far


def draw_success(ax: Axes, points: Sequence[PointRuns], lines: Sequence[Line], key: str) -> None:
    """The share of the runs that learned against a swept number, with Wilson's interval of 95 %."""
    groups = groups_along(points, key)
    look = {point.name: line for point, line in zip(points, lines, strict=True)}
    values = sorted({point.short[key] for point in points})
    step = min(np.diff(values)) if len(values) > 1 else 1.0
    for place, its in enumerate(groups.values()):
        shift = (place - (len(groups) - 1) / 2) * _APART * step
        at = [point.short[key] + shift for point in its]
        counts = [(len(point.learned), len(point.learned) + len(point.failed)) for point in its]
        shares = [learned / max(judged, 1) for learned, judged in counts]
        ends = np.array([wilson(*count) for count in counts])
        dash = look[its[-1].name].dash
        colours = [text_colour(look[point.name].colour) for point in its]
        ax.plot(at, shares, color=colours[0] if len(groups) > 1 else GREY, linestyle=dash, zorder=1)
        ax.vlines(at, ends[:, 0], ends[:, 1], colors=colours, alpha=0.5)
        ax.scatter(at, shares, s=16, c=colours, clip_on=False, zorder=3)
    ax.set_ylim(0, 1)
    set_fraction_ticks(ax.yaxis)
    ax.set_xticks(_apart(values))
    ax.set_xlabel(f"{key.rpartition('.')[2].replace('_', ' ')} (bars: 95 %)")
    ax.set_title("share of runs that learned")


def _apart(values: Sequence[float]) -> list[float]:
    """Those of rising values whose labels do not touch, with the last one."""
    room = 0.08 * (values[-1] - values[0])
    kept = [values[-1]]
    for value in reversed(values[:-1]):
        if kept[-1] - value >= room:
            kept.append(value)
    return kept[::-1]


def claimed_numbers(result: ReproductionResult) -> list[str]:
    """The measured numbers that claims are about."""
    return list(dict.fromkeys(str(one.get("metric")) for one in result.told.get("expect", ())))


def measured_names(result: ReproductionResult, *, most: int) -> list[str]:
    """The measured numbers to draw: those that claims are about first, then others that differ."""
    names = list(
        dict.fromkeys(
            name for run in result.runs for name, value in run.measured.items() if np.isfinite(value)
        )
    )
    first = [name for name in claimed_numbers(result) if name in names]
    others = [name for name in names if name not in first]
    return [*first, *others][:most]


def has_room(ax: Axes, points: Sequence[PointRuns]) -> bool:
    """Whether the names of points can stand below an axis, each at its place."""
    return max(name.count("\n") for name in _names_below(ax, points)) < _MOST_LINES


def _names_below(ax: Axes, points: Sequence[PointRuns]) -> list[str]:
    width = ax.get_window_extent().width * 72 / plt.gcf().dpi / max(1, len(points)) * 0.9
    size = font_size("xtick.labelsize")
    return [fit_text(point.name.replace(", ", ",\n"), width=width, size=size) for point in points]


def draw_measured(
    ax: Axes,
    points: Sequence[PointRuns],
    lines: Sequence[Line],
    name: str,
    labels: Sequence[str] | None = None,
) -> None:
    """A measured number of every run by point, strong if it learned, with the median and its interval.

    Points where it was not measured are left out. The labels stand below the axis in place of the names.
    """
    numbers = labels or [""] * len(points)
    shown = [one for one in zip(points, lines, numbers, strict=True) if _values(one[0], name).size]
    for place, (point, line, _) in enumerate(shown):
        colour, values = text_colour(line.colour), _values(point, name)
        runs = [run for run in point.runs if np.isfinite(run.measured.get(name, np.nan))]
        beside = place + 0.28 * (np.arange(len(runs)) / max(1, len(runs) - 1) - 0.5)
        full = [run.learned is not False for run in runs]
        for at, value, is_full in zip(beside, values, full, strict=True):
            ax.plot(at, value, "o", color=colour, markersize=3.5, fillstyle="full" if is_full else "none")
        interval = median_interval([Bounds(value, value) for value in values])
        ax.vlines(place + 0.3, interval.low, interval.high, color=colour, linewidth=1.2)
        ax.hlines(np.median(values), place + 0.2, place + 0.4, color=colour, linewidth=2)
    every = np.concatenate([_values(point, name) for point, _, _ in shown])
    if min(every) > 0 and max(every) > 100 * min(every):
        ax.set_yscale("log")
        set_log_ticks(ax)
    ax.set_xlim(-0.5, len(shown) - 0.5)
    below = [label for _, _, label in shown] if labels else _names_below(ax, [point for point, _, _ in shown])
    ax.set_xticks(range(len(shown)), below)
    for label, (_, line, _) in zip(ax.get_xticklabels(), shown, strict=True):
        label.set_color(text_colour(line.colour))
    title, unit = label_and_unit(name)
    ax.set_title(title)
    ax.set_ylabel(unit)


def _values(point: PointRuns, name: str) -> np.ndarray:
    values = np.array([run.measured.get(name, np.nan) for run in point.runs], dtype=float)
    return values[np.isfinite(values)]
