"""The picture of one paper: what its runs learned, and the gradients or measured numbers that go with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from gradviz.gallery.caption import Caption
from gradviz.plots.drawing.fit_text import fit_text, font_size, text_width
from gradviz.plots.drawing.headline import write_headline
from gradviz.plots.drawing.palette import Line, text_colour
from gradviz.plots.drawing.plain_text import plain_text
from gradviz.reproductions.curve_panels import draw_decades, draw_metric, metric_of, shows_decades
from gradviz.reproductions.gradients_text import early_in_words
from gradviz.reproductions.numbers_in_words import sentence
from gradviz.reproductions.point_panels import draw_measured, draw_success, measured_names
from gradviz.reproductions.result_file import ReproductionResult
from gradviz.reproductions.runs_by_point import (
    PointRuns,
    differing_keys,
    groups_along,
    lines_of_points,
    name_of,
    numeric_key,
    runs_by_point,
)
from gradviz.reproductions.verdict_words import title_of

_MOST_CURVES = 6  # points whose curves can be told apart in one panel
_MOST_PANELS = 3

Panel = Callable[[Axes], None]


def has_picture(result: ReproductionResult) -> bool:
    """Whether there is anything to draw."""
    return any(run.curves or run.measured for run in result.runs)


def draw_paper(result: ReproductionResult) -> Figure:
    """The figure of a paper, in the style in force.

    Parameters
    ----------
    result : ReproductionResult
        `has_picture` of it is true.

    Returns
    -------
    Figure
        Up to three panels: the metric through training; decades lost over the lag, where recordings show
        them; the share of runs that learned against a swept number; measured numbers.
    """
    points = runs_by_point(result.runs)
    lines = lines_of_points(result, points)
    shown = shown_points(points)
    kept = [line for point, line in zip(points, lines, strict=True) if point in shown]
    panels = _panels(result, points, lines, (shown, kept))
    width, height = plt.rcParams["figure.figsize"]
    figure, axes = plt.subplots(1, len(panels), layout="constrained", figsize=(width, height), squeeze=False)
    figure.draw_without_rendering()
    for ax, panel in zip(axes[0], panels, strict=True):
        panel(ax)
        width = 0.9 * ax.get_window_extent().width * 72 / figure.dpi
        size = font_size("axes.titlesize")
        ax.set_title(fit_text(ax.get_title(loc="left"), width=width, size=size, bold=True))
    _name_points(figure, shown, kept, _below(result, points, shown))
    write_headline(figure, title_of(result))
    return figure


def _panels(
    result: ReproductionResult,
    points: Sequence[PointRuns],
    lines: Sequence[Line],
    curves: tuple[Sequence[PointRuns], Sequence[Line]],
) -> list[Panel]:
    key = numeric_key(points)
    panels: list[Panel] = []
    if key is not None and _is_ordered(result, points):
        panels.append(lambda ax: draw_success(ax, points, lines, key))
    if any(metric_of(result) in run.curves for run in result.runs):
        panels.append(lambda ax: draw_metric(ax, result, *curves))
    if shows_decades(result.runs):
        panels.append(lambda ax: draw_decades(ax, *curves))
    names = _drawn_numbers(result, points)
    panels += [partial(draw_measured, points=points, lines=lines, name=name) for name in names]
    return panels


def _drawn_numbers(result: ReproductionResult, points: Sequence[PointRuns]) -> list[str]:
    """The measured numbers for which there is room beside the other panels."""
    others = [
        _is_ordered(result, points),
        any(metric_of(result) in run.curves for run in result.runs),
        shows_decades(result.runs),
    ]
    return measured_names(result, most=_MOST_PANELS - sum(others))


def _is_ordered(result: ReproductionResult, points: Sequence[PointRuns]) -> bool:
    """Whether shares of runs that learned can be drawn against a swept number."""
    return numeric_key(points) is not None and any(run.learned is not None for run in result.runs)


def shown_points(points: Sequence[PointRuns]) -> list[PointRuns]:
    """The points whose curves are drawn.

    All of them; but where a swept number orders them and they differ in something else too, or are too many,
    those with the value at which the runs are divided most evenly into such that learned and such that did
    not; of several the largest.
    """
    key = numeric_key(points)
    if key is None or (len(points) <= _MOST_CURVES and len(groups_along(points, key)) == 1):
        return list(points)
    values = sorted({point.values[key] for point in points}, reverse=True)
    at = {value: [point for point in points if point.values[key] == value] for value in values}

    def unevenness(value: float) -> int:
        learned = sum(len(point.learned) for point in at[value])
        return abs(learned - sum(len(point.failed) for point in at[value]))

    return at[min(values, key=unevenness)]


def _name_points(figure: Figure, points: Sequence[PointRuns], lines: Sequence[Line], note: str) -> None:
    """The name of each point in its colour, below the panels, beside a piece of its line."""
    handles = [Line2D([], [], color=text_colour(line.colour), linestyle=_dash(line)) for line in lines]
    common = [key for key in points[0].values if key not in differing_keys([one.values for one in points])]
    names = []
    for point in points:
        kept = [key for key in point.values if key not in common]
        own = (name_of(point.values, kept) if common else "") or point.name
        names.append(plain_text(f"{own} ({_learned(point)})"))
    size = font_size("legend.fontsize")
    widest = max(text_width(name, size=size) for name in names) + 5 * size
    across = max(1, int(72 * figure.get_figwidth() / widest))
    figure.legend(
        handles,
        names,
        loc="outside lower left",
        ncols=min(across, len(names)),
        labelcolor=[text_colour(line.colour) for line in lines],
        frameon=False,
        handlelength=2.2,
        title=plain_text(note),
        alignment="left",
        title_fontsize=font_size("xtick.labelsize"),
    )


def _dash(line: Line) -> Any:
    return line.dash


def _learned(point: PointRuns) -> str:
    judged = len(point.learned) + len(point.failed)
    return f"{len(point.learned)} of {judged} learned" if judged else f"{len(point.runs)} runs"


def _below(result: ReproductionResult, points: Sequence[PointRuns], shown: Sequence[PointRuns]) -> str:
    parts = []
    if any(run.learned is not None for run in result.runs):
        dots = " (full dots)", " (hollow dots)"
        has_dots = bool(_drawn_numbers(result, points))
        full, hollow = dots if has_dots else ("", "")
        parts.append(f"Strong{full}: runs that learned; faint{hollow}: runs that did not")
    key = numeric_key(points)
    if key is not None and len(shown) < len(points):
        parts.append(f"curves at {name_of(shown[0].values, [key])}")
    return "; ".join(parts)


def picture_alt(result: ReproductionResult) -> str:
    """Description of the picture, from the same numbers."""
    points = runs_by_point(result.runs)
    counts = "; ".join(f"{point.name}: {_learned(point)}" for point in points)
    shown = [run for run in result.runs if run.lost_early is not None]
    lost = f" Decades lost over the lag. {early_in_words(shown)}" if shown else ""
    metric = metric_of(result).replace("_", " ").capitalize()
    return f"{sentence(title_of(result))} {metric} by point. {counts}.{lost}"


def caption_of(result: ReproductionResult) -> Caption:
    """The words that are stored in the picture's file."""
    told = result.told
    return Caption(
        claim=title_of(result),
        reading="",
        setting=str(told.get("protocol", "")),
        measured="; ".join(claim.numbers for claim in result.claims),
        source=str(told.get("source", "")),
        alt=picture_alt(result),
    )
