"""The points of a sweep: one experiment for every combination of the values under ``[sweep]``."""

from __future__ import annotations

import copy
import hashlib
import itertools
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from gradviz.experiment.config.condition_values import in_words
from gradviz.experiment.config.experiment_file import SWEEP, ExperimentFile
from gradviz.experiment.config.fingerprint import fingerprint
from gradviz.experiment.config.overrides import set_value
from gradviz.experiment.config.resolve import examine
from gradviz.experiment.config.schema import Experiment
from gradviz.experiment.config.toml_values import value_at
from gradviz.experiment.config.validation import BadExperiment, Mistake, bad_experiment
from gradviz.experiment.run.folder import run_folder
from gradviz.experiment.sweep.plan import Plan, read_plan


class Point(NamedTuple):
    """One run of a sweep.

    Attributes
    ----------
    values : dict
        The swept values by dotted key, in the order of the file.
    experiment : Experiment
    together : tuple of tuple of str
        Which of the keys have values that go together.
    """

    values: dict[str, Any]
    experiment: Experiment
    together: tuple[tuple[str, ...], ...] = ()

    @property
    def label(self) -> str:
        """The swept values as text, for example ``model.cell=gru, seed=0``."""
        return in_words(self.values)


def points(file: ExperimentFile) -> list[Point]:
    """All points of a sweep, if they are known before the first of them is run; the last key varies fastest.

    Raises
    ------
    BadExperiment
        If the file has no sweep, or any point has mistakes; the message names every mistake once. Also for
        a guided search, whose points depend on results.
    """
    plan = read_plan(file)
    if plan.search is not None:
        raise bad_experiment(
            [Mistake(f"{SWEEP}.search", ": the points of a search depend on its results")], file.place
        )
    return points_of(file, plan, [{}])


def points_of(file: ExperimentFile, plan: Plan, chosen: Sequence[Mapping[str, Any]]) -> list[Point]:
    """The points of a plan.

    Parameters
    ----------
    file : ExperimentFile
    plan : Plan
    chosen : sequence of mapping
        Values that a search has chosen, by dotted key; each is combined with every place of the axes. One
        empty mapping without a search.

    Raises
    ------
    BadExperiment
        If any point has mistakes; the message names every mistake once.
    """
    keys = [key for axis in plan.axes for key in axis.keys]
    places = itertools.product(*(axis.places for axis in plan.axes))
    grid = [dict(zip(keys, itertools.chain(*place), strict=True)) for place in places]
    combinations = [{**one, **values} for one in chosen for values in grid]
    found: list[Point] = []
    mistakes: dict[Mistake, list[dict[str, Any]]] = {}
    for values in combinations:
        outcome = _examine(file, values)
        if isinstance(outcome, Experiment):
            found.append(Point(values, outcome, plan.together))
            outcome = _not_whole(found[-1], plan.whole)
        for mistake in outcome:
            mistakes.setdefault(mistake, []).append(values)
    if mistakes:
        lines = [_line(file, one, at, len(combinations)) for one, at in mistakes.items()]
        raise BadExperiment("\n".join(lines))
    return found


def _examine(file: ExperimentFile, values: Mapping[str, Any]) -> Experiment | list[Mistake]:
    try:
        return examine(_with(file.table, values), file.folder)
    except ValueError as error:  # of a key inside of what is not a table
        key = next(key for key in values if not _can_be_set(file.table, key))
        return [Mistake(f"{SWEEP}.{key}", f": {error}")]


def _can_be_set(table: Mapping[str, Any], key: str) -> bool:
    try:
        _with(table, {key: None})
    except ValueError:
        return False
    return True


def _not_whole(point: Point, whole: Iterable[str]) -> list[Mistake]:
    """A mistake for every key that has whole numbers of a range, and is not for whole numbers."""
    table = point.experiment.model_dump()
    return [
        Mistake(
            f"{SWEEP}.{key}",
            ": a range of whole numbers is for keys that take only those; give a list, or 1.0 for 1",
        )
        for key in whole
        if isinstance(value_at(table, key), float)
    ]


def sweep_folder(runs: Path, found: Sequence[Point]) -> Path:
    """The folder for a sweep's table: ``<name>-sweep-<8 hex digits of its points>``."""
    together = "".join(fingerprint(point.experiment) for point in found)
    return runs / f"{found[0].experiment.name}-sweep-{hashlib.sha256(together.encode()).hexdigest()[:8]}"


def folder_of(runs: Path, point: Point) -> Path:
    """The folder of a point's run."""
    return run_folder(runs, point.experiment)


def _with(table: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    changed: dict[str, Any] = copy.deepcopy(dict(table))
    for key, value in values.items():
        set_value(changed, key.split("."), value)
    return changed


def _line(file: ExperimentFile, mistake: Mistake, at: Sequence[Mapping[str, Any]], count: int) -> str:
    """One line of the message: where a mistake is depends on whether all points have it."""
    if len(at) == count:
        return f"{file.place(mistake.path)}: {mistake}"
    if mistake.path in at[0]:
        return f"{file.place(f'{SWEEP}.{mistake.path}')}: [{SWEEP}] {mistake}"
    return f"{file.path}: [{SWEEP}] at {in_words(at[0])}: {mistake}"
