"""Turn the table of an experiment file into an experiment with every default filled in."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import ValidationError

from gradviz.errors import unknown_name
from gradviz.experiment.config.claim_rules import comparison_mistakes
from gradviz.experiment.config.options import (
    defaults_of,
    initialisation_mistakes,
    initialisation_options,
    option_mistakes,
)
from gradviz.experiment.config.schema import Experiment
from gradviz.experiment.config.toml_values import lists_to_tuples, tuples_to_lists
from gradviz.experiment.config.validation import Mistake, bad_experiment, bad_value, mistakes_of
from gradviz.models.initialise import INITIALISATIONS
from gradviz.models.layers import LAYERS
from gradviz.tasks.task_table import TASKS, Task, make_task
from gradviz.tasks.text import Text
from gradviz.vocabulary import GRAD_NORM, GRAD_NORM_CLIPPED, LOSS


def resolve(table: Mapping[str, Any], place: Callable[[str], str] = lambda _: "experiment") -> Experiment:
    """The experiment that a table describes.

    Parameters
    ----------
    table : mapping
        Content of a TOML file, without ``[sweep]``.
    place : callable
        Takes a dotted path and returns the beginning of a message about it.

    Returns
    -------
    Experiment
        With the defaults of its task and its initialisation.

    Raises
    ------
    BadExperiment
        If anything is wrong; the message has one line for every mistake.
    """
    found = examine(table)
    if isinstance(found, list):
        raise bad_experiment(found, place)
    return found


def examine(table: Mapping[str, Any]) -> Experiment | list[Mistake]:
    """The experiment, or every mistake in the table."""
    mistakes: list[Mistake] = []
    try:
        experiment = Experiment.model_validate(dict(table))
    except ValidationError as error:
        mistakes += mistakes_of(error)
    task, task_mistakes = _build_task(table.get("task"))
    mistakes += task_mistakes
    mistakes += _model_mistakes(table.get("model"))
    if mistakes or task is None:
        return mistakes
    mistakes = [*_mistakes_together(experiment, task), *_expect_mistakes(experiment, task)]
    return mistakes or _filled(experiment, task)


def _build_task(table: object) -> tuple[Task | None, list[Mistake]]:
    """The task of a table, or None with its mistakes; the schema checks the type of the name."""
    if not isinstance(table, Mapping) or not isinstance(table.get("name"), str):
        return None, []
    name = table["name"]
    if name not in TASKS:
        return None, [Mistake("task.name", f": {unknown_name('task', name, TASKS)}")]
    options = {key: value for key, value in table.items() if key != "name"}
    try:
        return make_task(name, **lists_to_tuples(options)), []
    except (ValueError, TypeError, OSError, ArithmeticError, MemoryError, RuntimeError):
        return None, option_mistakes("task", TASKS[name], options, defaults_of(TASKS[name]))


def _model_mistakes(table: object) -> list[Mistake]:
    if not isinstance(table, Mapping):
        return []
    mistakes = []
    cell, init = table.get("cell"), table.get("init", "default")
    options = table.get("init_options", {})
    named = isinstance(cell, str) and isinstance(init, str)
    if named and cell in LAYERS and init in INITIALISATIONS and isinstance(options, Mapping):
        mistakes += initialisation_mistakes(cell, init, options)
    dropout = table.get("dropout", 0)
    if isinstance(dropout, float) and 0 < dropout < 1 and table.get("num_layers", 1) == 1:
        mistakes.append(
            bad_value(
                "model.dropout",
                dropout,
                "must be left out if num_layers is 1: dropout acts between layers",
            )
        )
    return mistakes


def _mistakes_together(experiment: Experiment, task: Task) -> list[Mistake]:
    how, mistakes = experiment.training, []
    if how.clip_norm is not None and how.clip_value is not None:
        mistakes.append(
            bad_value("training.clip_value", how.clip_value, "must be left out if clip_norm is given")
        )
    if how.stop_when is not None and not (task.fixed_lag and task.lag):
        mistakes.append(
            bad_value(
                "training.stop_when",
                how.stop_when,
                f"must be left out for this {task.name}: a vanishing gradient tells early that a task will "
                "not be learned only if it has one fixed lag and a loss at the last step (delayed_recall, "
                "latch, temporal_order, or parity with few bits, of one length)",
            )
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
        found += comparison_mistakes(path, claim)
        if isinstance(claim.at, int) and claim.at >= experiment.training.steps:
            last = experiment.training.steps - 1
            found.append(bad_value(f"{path}.at", claim.at, f"must be at most {last}, the last step"))
    return found


def _filled(experiment: Experiment, task: Task) -> Experiment:
    """Fill in the default options, so that an experiment with changed defaults has another fingerprint."""
    table = experiment.model_dump()
    options = {name: getattr(task, name) for name in defaults_of(type(task))}
    table["task"] = {"name": experiment.task.name, **tuples_to_lists(options)}
    defaults = initialisation_options(experiment.model.init)
    given = {name: value for name, value in defaults.items() if value is not inspect.Parameter.empty}
    table["model"]["init_options"] = {**tuples_to_lists(given), **experiment.model.init_options}
    filled = Experiment.model_validate(table)
    filled.keep_task(task)
    return filled
