"""The points of a plan, and all of them done: a grid and a draw at once, a guided search by and by."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from gradviz.experiment.config.experiment_file import ExperimentFile
from gradviz.experiment.sweep.grid import Point, points_of
from gradviz.experiment.sweep.plan import Plan
from gradviz.experiment.sweep.sweep import Executor, sweep
from gradviz.experiment.sweep.sweep_table import PointEnd
from gradviz.experiment.sweep.trials import Trial

Ends = tuple[Sequence[PointEnd], Sequence[Trial]]


def points_of_plan(file: ExperimentFile, plan: Plan) -> list[Point]:
    """All points of a sweep; of a guided search those at the ends of its space.

    Raises
    ------
    BadExperiment
        If any point has mistakes.
    NoOptuna
        If it is a guided search and optuna is not installed.
    """
    if plan.search is None:
        return points_of(file, plan, [{}])
    from gradviz.experiment.sweep.search import check_optuna, first_points

    check_optuna()
    return first_points(file, plan)


def run_count(plan: Plan, found: Sequence[Point]) -> int:
    """Number of runs of a plan, with the points that `points_of_plan` found."""
    return len(found) if plan.search is None else plan.search.trials * plan.places


def run_plan(
    file: ExperimentFile,
    plan: Plan,
    found: Sequence[Point],
    runs: Path,
    execute: Executor,
    *,
    on_end: Callable[[PointEnd], None] | None = None,
) -> Ends:
    """Do every point that is not done yet.

    Parameters
    ----------
    file : ExperimentFile
    plan : Plan
    found : sequence of Point
        As `points_of_plan` found them.
    runs : Path
        Folder of the run folders.
    execute : callable
        As `gradviz.experiment.sweep.sweep.sweep` takes it.
    on_end : callable, optional
        Called with every point when it ends.

    Returns
    -------
    sequence of PointEnd, sequence of Trial
        The latter is empty without a guided search.
    """
    if plan.search is None:
        return sweep(found, runs, execute, on_end=on_end), []
    from gradviz.experiment.sweep.search import search

    return search(file, plan, runs, execute, on_end=on_end)
