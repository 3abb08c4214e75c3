"""Panels of curves through training: what the runs learn by, and the decades of gradient that they lose."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator

from gradviz.experiment.config.build_task import build_task
from gradviz.experiment.config.toml_values import by_dotted_key
from gradviz.plots.drawing.baseline import draw_baseline, name_baseline
from gradviz.plots.drawing.palette import Line, text_colour
from gradviz.plots.drawing.ticks import set_end_ticks, set_log_ticks
from gradviz.reproductions.decades_of_runs import DECADES
from gradviz.reproductions.result_file import ReproductionResult, RunRecord, Series
from gradviz.reproductions.runs_by_point import PointRuns
from gradviz.vocabulary import LOSS

_MOST_POINTS = 320  # of all curves of a panel, so that the picture stays small
_FEWEST_POINTS = 10  # of a curve
_STRONG, _FAINT = (1.3, 0.95), (0.8, 0.35)  # width and opacity of runs that learned, and of the others


def metric_of(result: ReproductionResult) -> str:
    """The metric that is drawn: that of the rule of having learned, or the loss if no run has its curve."""
    rule = result.told.get("learned") or {}
    name = rule.get("metric", LOSS)
    return name if any(name in run.curves for run in result.runs) else LOSS


def draw_metric(
    ax: Axes, result: ReproductionResult, points: Sequence[PointRuns], lines: Sequence[Line]
) -> None:
    """The metric of every run through training, with the trivial predictor if all points have the same."""
    metric = metric_of(result)
    values = _draw(ax, metric, points, lines)
    if metric == LOSS or metric.endswith("loss"):
        known = {trivial_predictor(result, point) for point in points}
        trivial = known.pop() if len(known) == 1 else None
        if values.size and values.min() > 0 and values.max() >= 10 * values.min():
            ax.set_yscale("log")
            set_log_ticks(ax)
            if np.log10(ax.get_ylim()[1] / ax.get_ylim()[0]) < 2:
                ax.yaxis.set_major_locator(LogLocator(subs=(1.0, 3.0)))
                ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        if trivial is not None:
            draw_baseline(ax, trivial[0])
            name_baseline(ax, trivial[0], trivial[1], outside=False)
    ax.set_title(metric.replace("_", " "))


def draw_decades(ax: Axes, points: Sequence[PointRuns], lines: Sequence[Line]) -> None:
    """The decades of gradient that every run loses over the lag, through training."""
    _draw(ax, DECADES, points, lines)
    lags = {run.lag for point in points for run in point.runs if run.lag is not None}
    over = f"{lags.pop()} steps" if len(lags) == 1 else "the lag"
    ax.axhline(0, color=plt.rcParams["axes.edgecolor"], linewidth=0.5, zorder=0)
    ax.set_title(f"decades lost over {over}")


def trivial_predictor(result: ReproductionResult, point: PointRuns) -> tuple[float, str] | None:
    """The loss of the trivial predictor and what it predicts; None for a task that does not tell."""
    swept = point.values.get("task")
    table = dict(swept if isinstance(swept, dict) else result.table.get("task", {}))
    for key, value in by_dotted_key(point.values).items():
        if key.startswith("task."):
            table[key.removeprefix("task.")] = value
    name = table.pop("name", None)
    table.pop("curriculum", None)
    if not isinstance(name, str) or ":" in name:
        return None
    try:
        task = build_task(name, table)
        return float(task.baseline), str(task.baseline_meaning)
    except (AttributeError, TypeError, ValueError, OSError):
        return None


def _draw(ax: Axes, name: str, points: Sequence[PointRuns], lines: Sequence[Line]) -> np.ndarray:
    """Draw a curve of every run; return all finite values."""
    every = [run for point in points for run in point.runs if name in run.curves]
    most = max(_FEWEST_POINTS, _MOST_POINTS // max(1, len(every)))
    drawn: list[np.ndarray] = []
    for point, line in zip(points, lines, strict=True):
        others = [run for run in point.runs if run.learned is not False]
        for runs, (width, opacity) in ((point.failed, _FAINT), (others, _STRONG)):
            curves = [thinned(run.curves[name], most) for run in runs if name in run.curves]
            if not curves:
                continue
            ax.plot(
                *_as_one_line(curves),
                color=text_colour(line.colour),
                linestyle=line.dash,
                linewidth=width,
                alpha=opacity,
                zorder=2 if runs is others else 1.5,
            )
            drawn += [values for _, values in curves]
    last = max((run.curves[name].steps[-1] for run in every if run.curves[name].steps), default=0)
    ax.set_xlim(0, max(last, 1))
    set_end_ticks(ax.xaxis, 0, max(last, 1), count=2)
    ax.set_xlabel("training step")
    values = np.concatenate(drawn) if drawn else np.empty(0)
    return values[np.isfinite(values)]


def _as_one_line(curves: Sequence[tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    """Curves one after the other with a gap between them, which take less room in a file than many lines."""
    gap = np.array([np.nan])
    steps = [part for steps, _ in curves for part in (steps, gap)]
    return np.concatenate(steps), np.concatenate([part for _, values in curves for part in (values, gap)])


def thinned(curve: Series, most: int) -> tuple[np.ndarray, np.ndarray]:
    """A curve with at most so many points: the first, and then medians of those up to each.

    Examples
    --------
    >>> from gradviz.reproductions.curve_panels import thinned
    >>> from gradviz.reproductions.result_file import Series
    >>> [part.tolist() for part in thinned(Series(steps=(0, 1, 2, 3), values=(4.0, 2.0, 1.0, 0.0)), 2)]
    [[0, 3], [4.0, 1.0]]
    """
    steps, values = np.array(curve.steps), np.array(curve.values, dtype=float)
    values = np.where(np.isfinite(values), values, np.nan)
    if len(steps) <= most:
        return steps, values
    parts = [np.arange(1), *np.array_split(np.arange(1, len(steps)), most - 1)]
    return np.array([steps[part[-1]] for part in parts]), np.array([_median(values[part]) for part in parts])


def _median(values: np.ndarray) -> float:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else float("nan")


def shows_decades(runs: Sequence[RunRecord]) -> bool:
    """Whether a run shows decades lost at two steps or more."""
    return any(len(run.curves[DECADES].steps) > 1 for run in runs if DECADES in run.curves)
