"""A claim about no run is a mistake, unless it is about other points of the same file."""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from gradviz.errors import GradvizError
from gradviz.experiment.config.claim_schema import Expectation
from gradviz.experiment.config.condition_values import CONDITIONS, NO_LIMIT, alternatives, conditions_of
from gradviz.experiment.config.condition_values import in_words as values_in_words
from gradviz.experiment.config.experiment_file import ExperimentFile, read_file
from gradviz.experiment.config.overrides import set_value
from gradviz.experiment.config.resolve import examine
from gradviz.experiment.config.schema import Experiment
from gradviz.experiment.config.toml_values import value_at
from gradviz.experiment.config.validation import Mistake, bad_experiment, bad_value
from gradviz.experiment.run.expectations import has_values, in_words
from gradviz.experiment.sweep.grid import points

_MOST_VALUES = 12  # in a message


class _Condition(NamedTuple):
    """What a claim says of the runs that it is about, or with which it compares."""

    path: str
    claim: Expectation
    values: dict[str, Any]


def claims_elsewhere(
    file: ExperimentFile, experiments: Sequence[Experiment], *, open_keys: Collection[str] = ()
) -> list[str]:
    """A line for every claim that is about none of these runs, but about others of the same file.

    Parameters
    ----------
    file : ExperimentFile
    experiments : sequence of Experiment
        The single run, or all points of a sweep.
    open_keys : collection of str
        Keys whose values are not known yet, since a search chooses them; they are not checked.

    Returns
    -------
    list of str

    Raises
    ------
    BadExperiment
        If a claim's ``where``, or what it compares with, names a key that does not exist, a value that the
        key cannot have, or values that no point of the file's sweep has. The message names all of them.
    """
    others: list[Experiment] | None = None
    mistakes: list[Mistake] = []
    lines: list[str] = []
    for condition in _conditions(experiments[0].expect):
        values = {key: value for key, value in condition.values.items() if key not in open_keys}
        meeting = [one for one in experiments if has_values(one, values)]
        if meeting:
            either = [alternatives(one.model_dump(), values) for one in meeting]
            if either[0] or not all(one == either[0] for one in either):
                others = _points_of_the_file(file) if others is None else others
                mistakes += _mistakes_of_lists(file, condition.path, values, [*experiments, *others])
            continue
        others = _points_of_the_file(file) if others is None else others
        if not any(has_values(one, values) for one in others):
            found = list(_wrong(file, condition.path, values))
            if not found and file.sweep is not None:
                found = _nowhere(condition.path, values, [*experiments, *others])
            mistakes += found
        lines.append(f"about other runs, so not judged here: {_about(condition.claim)}")
    if mistakes:
        raise bad_experiment(mistakes, file.place)
    return list(dict.fromkeys(lines))


def claims_of_the_sweep(experiment: Experiment) -> list[str]:
    """A line for every claim over several runs, which a single run does not tell."""
    return [
        f"over several runs, so gradviz sweep judges it: {_about(claim)}"
        for claim in experiment.expect
        if not claim.is_of_the_run
    ]


def claims_on_points(experiments: Sequence[Experiment]) -> list[str]:
    """A line for every claim over several runs that is about some of these points."""
    return [
        f"judged when all points are done: {_about(claim)}"
        for claim in experiments[0].expect
        if not claim.is_of_the_run and any(has_values(one, claim.conditions) for one in experiments)
    ]


def _conditions(claims: Sequence[Expectation]) -> Iterator[_Condition]:
    for number, claim in enumerate(claims):
        for name in CONDITIONS:
            if values := conditions_of(getattr(claim, name)):
                yield _Condition(f"expect[{number}].{name}", claim, values)


def _points_of_the_file(file: ExperimentFile) -> list[Experiment]:
    """The points of the file with its overrides, not narrowed by them, and as it stands."""
    found: list[Experiment] = []
    readings: tuple[Callable[[], ExperimentFile], ...] = (
        lambda: file,
        lambda: replace(file, settings=()),
        lambda: read_file(file.path),
    )
    for read in readings:
        try:
            found += [point.experiment for point in points(read())]
        except (GradvizError, OSError):
            continue
    return found


def _wrong(file: ExperimentFile, path: str, values: Mapping[str, Any]) -> Iterator[Mistake]:
    """Mistakes that an experiment with these values has, and without them has not."""
    table = copy.deepcopy(file.table)
    for key, value in values.items():
        try:
            set_value(table, key.split("."), value)
        except ValueError as error:
            yield Mistake(f"{path}.{key}", f": {error}")
            return
    before, after = examine(file.table, file.folder), examine(table, file.folder)
    if isinstance(after, Experiment):
        return
    known = before if isinstance(before, list) else []
    for mistake in after:
        related = any(f"{key}.".startswith(f"{mistake.path}.") for key in values)
        if related and mistake not in known:
            yield Mistake(f"{path}.{mistake.path}", mistake.message)


def _nowhere(path: str, values: Mapping[str, Any], experiments: Sequence[Experiment]) -> list[Mistake]:
    """The keys whose value no run has, or all of them together."""
    tables = [one.model_dump() for one in experiments]
    missing = [
        key for key, value in values.items() if not any(has_values(one, {key: value}) for one in experiments)
    ]
    found = []
    for key in missing:
        there = list(dict.fromkeys(_shown(value_at(table, key)) for table in tables))
        listed = ", ".join(there[:_MOST_VALUES]) + (", ..." if len(there) > _MOST_VALUES else "")
        found.append(
            Mistake(f"{path}.{key}", f" = {_shown(values[key])}: no point of the sweep has this ({listed})")
        )
    return found or [Mistake(path, ": no point of the sweep has all of these values")]


def _mistakes_of_lists(
    file: ExperimentFile, path: str, values: Mapping[str, Any], experiments: Sequence[Experiment]
) -> list[Mistake]:
    """What no run has of the values of a list, and lists that are met both as one value and as several."""
    meeting = [one.model_dump() for one in experiments if has_values(one, values)]
    several = {key: wanted for table in meeting for key, wanted in alternatives(table, values).items()}
    found: list[Mistake] = []
    for key, wanted in several.items():
        if any(key not in alternatives(table, values) for table in meeting):
            said = "is the value of some runs and a list of values of others; make a claim for each of these"
            found.append(bad_value(f"{path}.{key}", wanted, said))
            continue
        for one in wanted:
            alone = {**values, key: one}
            if not any(has_values(other, alone) for other in experiments):
                found += list(_wrong(file, path, {key: one})) or _nowhere(path, {key: one}, experiments)
    return found


def _shown(value: Any) -> str:
    return NO_LIMIT if value is None else repr(value)


def _about(claim: Expectation) -> str:
    where = values_in_words(claim.conditions)
    words = in_words(claim)
    return f"{words} (where {where})" if where else words
