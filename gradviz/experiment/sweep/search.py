"""A guided search: every trial is chosen by the results of those before it."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from gradviz.errors import GradvizError
from gradviz.experiment.config.experiment_file import SWEEP, ExperimentFile
from gradviz.experiment.config.resolve import examine
from gradviz.experiment.config.validation import Mistake, bad_experiment
from gradviz.experiment.sweep.grid import Point, folder_of, points_of
from gradviz.experiment.sweep.plan import Plan
from gradviz.experiment.sweep.search_settings import SearchSettings
from gradviz.experiment.sweep.space import OneOf, Space, ends_of, rounded
from gradviz.experiment.sweep.sweep import Executor, sweep
from gradviz.experiment.sweep.sweep_table import PointEnd
from gradviz.experiment.sweep.trials import State, Trial, trial_of


class NoOptuna(GradvizError, RuntimeError):
    """Optuna is not installed."""


class Search(NamedTuple):
    """The points of a search with their results, and its trials."""

    ends: list[PointEnd]
    trials: list[Trial]


def search(
    file: ExperimentFile,
    plan: Plan,
    runs: Path,
    executor: Executor,
    *,
    on_end: Callable[[PointEnd], None] | None = None,
) -> Search:
    """Run the trials of a search, by optuna's tree-structured Parzen estimator.

    The trials depend on nothing but the file and the results before them: a search that was interrupted
    chooses the same trials again, and does not repeat the runs that are done. Trials that are
    ``at_once`` know the results of those before all of them.

    Parameters
    ----------
    file : ExperimentFile
    plan : Plan
        With a search; every trial is run at every place of the other axes, such as seeds.
    runs : Path
        Folder of the run folders.
    executor : callable
        As `gradviz.experiment.sweep.sweep.sweep` takes it.
    on_end : callable, optional
        Called with every point when it ends.

    Returns
    -------
    Search
        Every point once, although two trials may have chosen the same.

    Raises
    ------
    NoOptuna
        If optuna is not installed.

    References
    ----------
    Bergstra et al. (2011), "Algorithms for hyper-parameter optimization".
    """
    found: dict[Path, PointEnd] = {}

    def run_points(points: list[Point]) -> list[PointEnd]:
        new = {folder_of(runs, point): point for point in points}
        missing = [point for folder, point in new.items() if folder not in found]
        for end in sweep(missing, runs, executor, on_end=on_end):
            found[end.folder] = end
        return [found[folder_of(runs, point)] for point in points]

    trials = _go_through(file, plan, run_points)
    return Search(list(found.values()), trials)


def known_points(file: ExperimentFile, plan: Plan, runs: Path) -> list[Point]:
    """The points that a search has done, and those that it would begin with next."""
    found: dict[Path, Point] = {}

    def refuse(_: object) -> Iterator[Any]:
        raise _NotDone

    def note(points: list[Point]) -> list[PointEnd]:
        found.update({folder_of(runs, point): point for point in points})
        return sweep(points, runs, refuse)

    with contextlib.suppress(_NotDone):
        _go_through(file, plan, note)
    return list(found.values())


class _NotDone(Exception):
    """A run is not done, and must not be begun."""


def _go_through(
    file: ExperimentFile, plan: Plan, run_points: Callable[[list[Point]], list[PointEnd]]
) -> list[Trial]:
    """All trials, one batch after the other; ``run_points`` gives the ends of its points in their order."""
    settings = _settings(plan)
    trials: list[Trial] = []
    with _study(settings) as study:
        while len(trials) < settings.trials:
            count = min(settings.at_once, settings.trials - len(trials))
            asked = [study.ask() for _ in range(count)]
            chosen = [_chosen(plan.space, one) for one in asked]
            ends = run_points(points_of(file, plan, chosen))
            each = len(ends) // count
            for number, one in enumerate(asked):
                of_trial = ends[number * each : (number + 1) * each]
                trials.append(trial_of(one.number, chosen[number], of_trial, settings))
                if trials[-1].state == "complete":
                    study.tell(one, trials[-1].value)
                else:
                    study.tell(one, state=_state(trials[-1].state))
    return trials


def _settings(plan: Plan) -> SearchSettings:
    if plan.search is None:
        raise ValueError("this sweep has no [sweep.search]")
    return plan.search


def check_optuna() -> None:
    """Raise if optuna is not installed.

    Raises
    ------
    NoOptuna
    """
    try:
        import optuna  # noqa: F401
    except ImportError as error:
        raise NoOptuna(
            "[sweep.search] needs optuna: install gradviz[search], or use [sweep.random]"
        ) from error


@contextlib.contextmanager
def _study(settings: SearchSettings) -> Iterator[Any]:
    """A study of optuna in memory, which logs nothing."""
    check_optuna()
    import optuna

    level = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            sampler = optuna.samplers.TPESampler(
                seed=settings.seed, constant_liar=settings.at_once > 1, multivariate=False
            )
        yield optuna.create_study(
            sampler=sampler, direction="minimize" if settings.goal == "min" else "maximize"
        )
    finally:
        optuna.logging.set_verbosity(level)


def _chosen(space: Space, trial: Any) -> dict[str, Any]:
    chosen: dict[str, Any] = {}
    for key, dimension in space.items():
        if isinstance(dimension, OneOf):  # by its place: optuna does not take lists as choices
            place = trial.suggest_categorical(key, list(range(len(dimension.values))))
            chosen[key] = dimension.values[place]
        elif dimension.whole:
            chosen[key] = trial.suggest_int(key, dimension.low, dimension.high, log=dimension.log)
        else:
            value = rounded(trial.suggest_float(key, dimension.low, dimension.high, log=dimension.log))
            chosen[key] = min(max(value, dimension.low), dimension.high)
    return chosen


def _state(state: State) -> Any:
    from optuna.trial import TrialState

    return TrialState.PRUNED if state == "pruned" else TrialState.FAIL


def first_points(file: ExperimentFile, plan: Plan) -> list[Point]:
    """Points at the ends of a search's space, which show whether its values can be used.

    Raises
    ------
    BadExperiment
        If any of these has mistakes, or there is no such metric.
    """
    ends = {key: ends_of(dimension) for key, dimension in plan.space.items()}
    base = {key: values[0] for key, values in ends.items()}
    chosen = [base, *({**base, key: value} for key, values in ends.items() for value in values[1:])]
    found = points_of(file, plan, chosen)
    claim = {"metric": _settings(plan).metric, "below": 0.0}
    outcome = examine({**found[0].experiment.table(), "expect": [claim]})
    if isinstance(outcome, list):
        path = f"{SWEEP}.search.metric"
        raise bad_experiment([Mistake(path, one.message) for one in outcome], file.place)
    return found
