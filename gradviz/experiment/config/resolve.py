"""A table, as a file or an override gives it, into an experiment with every default filled in."""

from __future__ import annotations

import hashlib
import inspect
import json
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import ValidationError

from gradviz.errors import unknown_name
from gradviz.experiment.config.build_task import task_of
from gradviz.experiment.config.options import (
    defaults_of,
    initialisation_mistakes,
    initialisation_options,
    option_mistakes,
)
from gradviz.experiment.config.schema import Expectation, Experiment
from gradviz.experiment.config.validation import Mistake, bad_experiment, bad_value, mistakes_of
from gradviz.models.initialise import INITIALISATIONS
from gradviz.models.layers import LAYERS
from gradviz.tasks.task_table import TASKS, Task
from gradviz.tasks.text import Text
from gradviz.vocabulary import GRAD_NORM, GRAD_NORM_CLIPPED, LOSS


def resolve(table: Mapping[str, Any], place: Callable[[str], str] = lambda _: "experiment") -> Experiment:
    """The experiment that a table describes.

    Parameters
    ----------
    table : mapping
        As in a TOML file, without ``[sweep]``.
    place : callable
        Gives for a dotted path what a message about it begins with.

    Returns
    -------
    Experiment
        With the defaults of its task and its initialisation.

    Raises
    ------
    BadExperiment
        With every mistake, one a line.
    """
    found = examine(table)
    if isinstance(found, list):
        raise bad_experiment(found, place)
    return found


def examine(table: Mapping[str, Any]) -> Experiment | list[Mistake]:
    """The experiment, or everything that is wrong with the table."""
    mistakes: list[Mistake] = []
    try:
        experiment = Experiment.model_validate(dict(table))
    except ValidationError as error:
        mistakes += mistakes_of(error)
    mistakes += _task_mistakes(table.get("task"))
    mistakes += _model_mistakes(table.get("model"))
    if mistakes:
        return mistakes
    task = task_of(experiment)
    mistakes = [*_mistakes_together(experiment, task), *_expect_mistakes(experiment, task)]
    return mistakes or _filled(experiment, task)


def fingerprint(experiment: Experiment) -> str:
    """Eight hexadecimal digits of everything in an experiment."""
    text = json.dumps(experiment.model_dump(mode="json"), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _task_mistakes(table: object) -> list[Mistake]:
    if not isinstance(table, Mapping) or not isinstance(table.get("name"), str):
        return []
    if table["name"] not in TASKS:
        return [Mistake("task.name", f": {unknown_name('task', table['name'], TASKS)}")]
    make = TASKS[table["name"]]
    options = {name: value for name, value in table.items() if name != "name"}
    return option_mistakes("task", make, options, defaults_of(make))


def _model_mistakes(table: object) -> list[Mistake]:
    if not isinstance(table, Mapping):
        return []
    mistakes = []
    cell, init, options = table.get("cell"), table.get("init", "default"), table.get("init_options", {})
    if cell in LAYERS and init in INITIALISATIONS and isinstance(options, Mapping):
        mistakes += initialisation_mistakes(str(cell), str(init), options)
    dropout = table.get("dropout", 0)
    if isinstance(dropout, float) and 0 < dropout < 1 and table.get("num_layers", 1) == 1:
        mistakes.append(
            bad_value(
                "model.dropout", dropout, "must be left out where num_layers is 1: it is between layers"
            )
        )
    return mistakes


def _mistakes_together(experiment: Experiment, task: Task) -> list[Mistake]:
    how, mistakes = experiment.training, []
    if how.clip_norm is not None and how.clip_value is not None:
        mistakes.append(
            bad_value("training.clip_value", how.clip_value, "must be left out where clip_norm is given")
        )
    if experiment.model.bidirectional and task.name == Text.name:
        mistakes.append(bad_value("model.bidirectional", True, "must be left out: a text is read forwards"))
    return mistakes


def _expect_mistakes(experiment: Experiment, task: Task) -> list[Mistake]:
    known = [LOSS, GRAD_NORM, GRAD_NORM_CLIPPED, task.metric_name]
    found = []
    for position, claim in enumerate(experiment.expect):
        path = f"expect[{position}]"
        if claim.metric not in known:
            found.append(Mistake(f"{path}.metric", f": {unknown_name('metric', claim.metric, known)}"))
        found += _comparison_mistakes(path, claim)
        if isinstance(claim.at, int) and claim.at >= experiment.training.steps:
            last = experiment.training.steps - 1
            found.append(bad_value(f"{path}.at", claim.at, f"must be at most {last}, the last step"))
    return found


def _comparison_mistakes(path: str, claim: Expectation) -> list[Mistake]:
    if claim.below is None and claim.above is None and claim.near is None:
        return [Mistake(path, ": says nothing; give below, above, or near with tolerance")]
    if (claim.near is None) != (claim.tolerance is None):
        return [Mistake(path, ": near and tolerance go together")]
    return []


def _filled(experiment: Experiment, task: Task) -> Experiment:
    """With the options that were not given, so that a changed default is another experiment."""
    table = experiment.model_dump()
    options = {name: getattr(task, name) for name in defaults_of(type(task))}
    table["task"] = {"name": experiment.task.name, **_listed(options)}
    defaults = initialisation_options(experiment.model.init)
    given = {name: value for name, value in defaults.items() if value is not inspect.Parameter.empty}
    table["model"]["init_options"] = {**_listed(given), **experiment.model.init_options}
    return Experiment.model_validate(table)


def _listed(options: Mapping[str, Any]) -> dict[str, Any]:
    """As TOML has them: lists, and nothing for None."""
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in options.items()
        if value is not None
    }
