"""The picture of one paper: what its runs learned, and the gradients or measured numbers that go with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
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
from gradviz.reproductions.point_panels import (
    claimed_numbers,
    draw_measured,
    draw_success,
    has_room,
    measured_names,
)
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
_SHARE, _METRIC, _DECADES = "the share", "the metric", "the decades"  # no names of measured numbers


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
        Up to three panels: the share of runs that learned against a swept number; the metric through
        training; decades lost over the lag, where recordings show them; measured numbers. Where the share
        is drawn, a measured number that a claim is about takes the place of the metric.
    """
    points = runs_by_point(result.runs)
    lines = lines_of_points(result, points)
    shown = shown_points(points)
    kept = [line for point, line in zip(points, lines, strict=True) if point in shown]
    width, height = plt.rcParams["figure.figsize"]
    kinds = _kinds(result, points)
    figure, axes = plt.subplots(1, len(kinds), layout="constrained", figsize=(width, height), squeeze=False)
    figure.draw_without_rendering()
    numbered = any(_is_measured(kind) for kind in kinds) and not has_room(axes[0][-1], points)
    numbers = [str(place) for place, _ in enumerate(points, 1)] if numbered else None
    for ax, kind in zip(axes[0], kinds, strict=True):
        if kind == _SHARE:
            draw_success(ax, points, lines, str(numeric_key(points)))
        elif kind == _METRIC:
            draw_metric(ax, result, shown, kept)
        elif kind == _DECADES:
            draw_decades(ax, shown, kept)
        else:
            draw_measured(ax, points, lines, kind, numbers)
        width = 0.9 * ax.get_window_extent().width * 72 / figure.dpi
        size = font_size("axes.titlesize")
        ax.set_title(fit_text(ax.get_title(loc="left"), width=width, size=size, bold=True))
    _name_points(figure, shown, kept, _below(result, points, shown), numbered=numbered)
    write_headline(figure, title_of(result))
    return figure


def _kinds(result: ReproductionResult, points: Sequence[PointRuns]) -> list[str]:
    """What the panels show: the share, the metric, decades, or a measured number by its name."""
    ordered = _is_ordered(result, points)
    claimed = ordered and bool(set(claimed_numbers(result)) & set(measured_names(result, most=1)))
    kinds = [_SHARE] if ordered else []
    if any(metric_of(result) in run.curves for run in result.runs) and not claimed:
        kinds.append(_METRIC)
    if shows_decades(result.runs):
        kinds.append(_DECADES)
    return [*kinds, *measured_names(result, most=_MOST_PANELS - len(kinds))]


def _is_measured(kind: str) -> bool:
    """Whether a panel shows a measured number."""
    return kind not in (_SHARE, _METRIC, _DECADES)


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
    values = sorted({point.short[key] for point in points}, reverse=True)
    at = {value: [point for point in points if point.short[key] == value] for value in values}

    def unevenness(value: float) -> int:
        learned = sum(len(point.learned) for point in at[value])
        return abs(learned - sum(len(point.failed) for point in at[value]))

    return at[min(values, key=unevenness)]


def _name_points(
    figure: Figure, points: Sequence[PointRuns], lines: Sequence[Line], note: str, *, numbered: bool
) -> None:
    """The name of each point in its colour, below the panels, beside a piece of its line."""
    handles = [Line2D([], [], color=text_colour(line.colour), linestyle=_dash(line)) for line in lines]
    common = [key for key in points[0].short if key not in differing_keys([one.short for one in points])]
    names = []
    for place, point in enumerate(points, 1):
        kept = [key for key in point.short if key not in common]
        own = (name_of(point.short, kept) if common else "") or point.name
        names.append(plain_text(f"{f'{place} ' if numbered else ''}{own} ({_learned(point)})"))
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
        has_dots = any(map(_is_measured, _kinds(result, points)))
        full, hollow = dots if has_dots else ("", "")
        parts.append(f"Strong{full}: runs that learned; faint{hollow}: runs that did not")
    key = numeric_key(points)
    if key is not None and len(shown) < len(points):
        parts.append(f"curves at {name_of(shown[0].short, [key])}")
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
