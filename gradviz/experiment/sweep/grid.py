"""The points of a sweep: one experiment for every combination of the values under ``[sweep]``."""

from __future__ import annotations

import copy
import hashlib
import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from gradviz.experiment.config.experiment_file import SWEEP, ExperimentFile
from gradviz.experiment.config.fingerprint import fingerprint
from gradviz.experiment.config.overrides import set_value
from gradviz.experiment.config.resolve import examine
from gradviz.experiment.config.schema import Experiment
from gradviz.experiment.config.validation import BadExperiment, Mistake, bad_experiment, bad_value
from gradviz.experiment.run.folder import run_folder


class Point(NamedTuple):
    """One run of a sweep.

    Attributes
    ----------
    values : dict
        The swept values by dotted key, in the order of the file.
    experiment : Experiment
    """

    values: dict[str, Any]
    experiment: Experiment

    @property
    def label(self) -> str:
        """The swept values as text, for example ``model.cell=gru, seed=0``."""
        return _label(self.values)


def points(file: ExperimentFile) -> list[Point]:
    """All points of a sweep; the last key of the file varies fastest.

    Raises
    ------
    BadExperiment
        If the file has no sweep, or any point has mistakes; the message names every mistake once.
    """
    axes = _axes(file)
    combinations = [dict(zip(axes, values, strict=True)) for values in itertools.product(*axes.values())]
    found: list[Point] = []
    mistakes: dict[Mistake, list[dict[str, Any]]] = {}
    for values in combinations:
        outcome = examine(_with(file.table, values), file.folder)
        if isinstance(outcome, Experiment):
            found.append(Point(values, outcome))
        else:
            for mistake in outcome:
                mistakes.setdefault(mistake, []).append(values)
    if mistakes:
        lines = [_line(file, one, at, len(combinations)) for one, at in mistakes.items()]
        raise BadExperiment("\n".join(lines))
    return found


def sweep_folder(runs: Path, found: Sequence[Point]) -> Path:
    """The folder for a sweep's table: ``<name>-sweep-<8 hex digits of its points>``."""
    together = "".join(fingerprint(point.experiment) for point in found)
    return runs / f"{found[0].experiment.name}-sweep-{hashlib.sha256(together.encode()).hexdigest()[:8]}"


def folder_of(runs: Path, point: Point) -> Path:
    """The folder of a point's run."""
    return run_folder(runs, point.experiment)


def _axes(file: ExperimentFile) -> dict[str, list[Any]]:
    if file.sweep is None:
        raise BadExperiment(f"{file.path}: has no [sweep] table; use gradviz run for a single run")
    if not isinstance(file.sweep, Mapping) or not file.sweep:
        raise bad_experiment([bad_value(SWEEP, file.sweep, "must be a table of lists")], file.place)
    axes = dict(_flat(file.sweep))
    mistakes = [
        mistake for key, values in axes.items() for mistake in _axis_mistakes(file.table, key, values)
    ]
    if mistakes:
        raise bad_experiment(mistakes, file.place)
    return axes


def _axis_mistakes(table: Mapping[str, Any], key: str, values: Any) -> list[Mistake]:
    path = f"{SWEEP}.{key}"
    if not isinstance(values, list) or not values or _has_repeats(values):
        return [bad_value(path, values, "must be a list of one or more different values")]
    try:
        _with(table, {key: values[0]})
    except ValueError as error:
        return [Mistake(path, f": {error}")]
    return []


def _flat(table: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    """Dotted keys and their values; TOML reads a dotted key without quotes as nested tables."""
    pairs: list[tuple[str, Any]] = []
    for key, value in table.items():
        dotted = f"{prefix}{key}"
        pairs += _flat(value, f"{dotted}.") if isinstance(value, Mapping) else [(dotted, value)]
    return pairs


def _has_repeats(values: Sequence[Any]) -> bool:
    return any(one == other for one, other in itertools.combinations(values, 2))


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
    return f"{file.path}: [{SWEEP}] at {_label(at[0])}: {mistake}"


def _label(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{key}={value}" for key, value in values.items())
