"""The gradients that explain a result, in words that follow from the runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from gradviz.experiment.sweep.intervals import Interval
from gradviz.reproductions.decades_of_runs import (
    DECADES,
    Change,
    TwoGroups,
    change_through_training,
    compare_groups,
    lost_at_the_end,
    lost_early,
)
from gradviz.reproductions.measured_labels import label_of
from gradviz.reproductions.numbers_in_words import counted, decades, median_and_range, short_number, table
from gradviz.reproductions.result_file import ReproductionResult, RunRecord
from gradviz.reproductions.runs_by_point import PointRuns, runs_by_point

Lost = Callable[[RunRecord], float | None]


def gradients_text(result: ReproductionResult) -> list[str]:
    """Markdown lines: a table of decades lost by point, and what they tell of the runs.

    Where the recording does not show decades lost over a lag, the lines say why.
    """
    shown = [run for run in result.runs if DECADES in run.curves or run.lost_early is not None]
    if not shown:
        return [why_not_shown(result)]
    points = runs_by_point(shown)
    lines = [*_table(points), "", f"{_over(shown)} {in_words(shown)}"]
    if len(shown) < len(result.runs):
        left = len(result.runs) - len(shown)
        lines[-1] += f" Of {counted(left, 'more run')} the recording does not show it."
    return lines


def why_not_shown(result: ReproductionResult) -> str:
    """Why no run of a result shows decades lost over a lag."""
    if not result.runs:
        return "No run has a result."
    if all(run.lag is None for run in result.runs):
        return (
            "The task has no single lag that a solution bridges, so decades lost over the lag are not "
            "measured here."
        )
    return (
        "The recording does not show decades lost over the lag: the loss reads most time steps, so that "
        "gradient enters everywhere and how much of it comes from the end cannot be told."
    )


def in_words(runs: Sequence[RunRecord]) -> str:
    """What decades lost tell of runs, at the first recorded step from 30 on, at the end, and between them."""
    judged = [run for run in runs if run.learned is not None]
    if not judged:
        first, last = (median_and_range(_values(runs, lost)) for lost in (lost_early, lost_at_the_end))
        return (
            f"The runs had lost {first} decades {_early_step(runs)} and {last} at the end (median and "
            "range). No rule says which of them have learned."
        )
    early, end = groups_of(judged, lost_early), groups_of(judged, lost_at_the_end)
    parts = [_compared(early, _early_step(judged)), _compared(end, "at the end")]
    for learned, who in ((True, "runs that learned"), (False, "runs that did not learn")):
        pairs = [pair for run in judged if run.learned is learned and (pair := _pair(run))]
        if pairs:
            parts.append(_change(change_through_training(pairs), who))
    return " ".join(part for part in parts if part)


def early_in_words(runs: Sequence[RunRecord]) -> str:
    """What decades lost tell of runs at the first recorded step from 30 on; empty without a rule."""
    judged = [run for run in runs if run.learned is not None]
    return _compared(groups_of(judged, lost_early), _early_step(judged)) if judged else ""


def groups_of(runs: Sequence[RunRecord], lost: Lost) -> TwoGroups:
    """Decades lost by runs that learned and by runs that did not, where they are known."""
    learned = [run for run in runs if run.learned]
    failed = [run for run in runs if run.learned is False]
    return compare_groups(_values(learned, lost), _values(failed, lost))


def _compared(groups: TwoGroups, when: str) -> str:
    """One or two sentences for each outcome of `compare_groups`."""
    begin = when[0].upper() + when[1:]
    if groups.outcome == "not shown":
        return f"{begin} no run shows it."
    if groups.outcome == "all alike":
        kind = "learned" if groups.learned else "did not learn"
        values = groups.learned or groups.failed
        return (
            f"{begin} the {counted(len(values), 'run')} had lost {median_and_range(values)} decades "
            f"(median and range); all of them {kind}, so this cannot tell runs apart."
        )
    both = (
        f"{begin} the {counted(len(groups.learned), 'run')} that learned had lost "
        f"{median_and_range(groups.learned)} decades (median and range), the {len(groups.failed)} that "
        f"did not {median_and_range(groups.failed)}"
    )
    apart = (
        f"{decades(groups.interval.low)} to {decades(groups.interval.high)}, {groups.interval.coverage:.0%}"
    )
    if groups.outcome == "too few":
        return f"{both}; these are too few runs to tell whether they differ."
    if groups.outcome == "not told":
        return f"{both}; the runs do not tell whether they differ (difference {apart})."
    return f"{both}: {decades(abs(groups.difference))} decades {groups.outcome} ({apart})."


def _interval(interval: Interval) -> str:
    return f"{decades(interval.low)} to {decades(interval.high)}, {interval.coverage:.0%}"


def _change(change: Change, who: str) -> str:
    """One sentence for each outcome of `change_through_training`."""
    apart = _interval(change.interval)
    if change.outcome == "too few":
        return f"Of {who}, {change.runs} show both, too few for an interval of the change."
    if change.outcome == "not told":
        return f"Between these steps the loss of gradient did not clearly change in {who} ({apart})."
    words = "less" if change.outcome == "fewer" else "more"
    return (
        f"At the end the {who} lost {words} than in the first steps: by {decades(abs(change.difference))} "
        f"decades in the median (change {apart})."
    )


def _table(points: Sequence[PointRuns]) -> list[str]:
    rows = []
    for point in points:
        judged = len(point.learned) + len(point.failed)
        row = [point.name, f"{len(point.learned)} of {judged}" if judged else "–"]
        for runs in (point.learned, point.failed) if judged else (point.runs, ()):
            row += [median_and_range(_values(runs, lost)) for lost in (lost_early, lost_at_the_end)]
        rows.append(row)
    kinds = ("learned", "did not learn")
    lost_when = [f"{kind}: lost {when}" for kind in kinds for when in ("early", "at the end")]
    return table(["point", "learned", *lost_when], rows)


def _over(runs: Sequence[RunRecord]) -> str:
    lags = sorted({run.lag for run in runs if run.lag is not None})
    over = f" ({lags[0]} to {lags[-1]} time steps)" if lags else ""
    if len(lags) == 1:
        over = f" of {lags[0]} time steps"
    kinds = {run.fixed_lag for run in runs}
    spread = "; shorter lags are rewarded too" if kinds == {False} else ""
    return f"Decades of gradient lost over the lag{over}{spread}."


def _early_step(runs: Sequence[RunRecord]) -> str:
    steps = sorted({run.lost_early_step for run in runs if run.lost_early_step is not None})
    if not steps:
        return "early in training"
    return f"at step {steps[0]}" if len(steps) == 1 else f"at steps {steps[0]} to {steps[-1]}"


def _values(runs: Sequence[RunRecord], lost: Lost) -> list[float]:
    return [value for run in runs if (value := lost(run)) is not None]


def _pair(run: RunRecord) -> tuple[float, float] | None:
    early, end = lost_early(run), lost_at_the_end(run)
    return None if early is None or end is None else (early, end)


def measured_table(result: ReproductionResult) -> list[str]:
    """A Markdown table of what was measured on finished runs: names down, points across."""
    names = list(dict.fromkeys(name for run in result.runs for name in run.measured))
    points = runs_by_point([run for run in result.runs if run.measured])
    rows = []
    for name in names:
        cells = [[run.measured[name] for run in point.runs if name in run.measured] for point in points]
        rows.append([label_of(name), *(_measured(values) for values in cells)])
    return table(["median (range)", *(point.name for point in points)], rows)


def _measured(values: Sequence[float]) -> str:
    if not values:
        return "–"
    low, high = short_number(min(values)), short_number(max(values))
    middle = short_number(float(np.median(values)))
    return middle if low == high else f"{middle} ({low} to {high})"
