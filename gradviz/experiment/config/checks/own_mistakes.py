"""All mistakes in the parts of an experiment that are the user's own code, as far as nothing is trained."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gradviz.errors import UnknownName
from gradviz.experiment.config.build_task import build_task
from gradviz.experiment.config.checks.own_options import (
    OPTIONS,
    optimizer_option_mistakes,
    own_option_mistakes,
)
from gradviz.experiment.config.own.own_parts import own_part, shown_name
from gradviz.experiment.config.own.own_task import TAKEN_NAMES
from gradviz.experiment.config.validation import Mistake, bad_value
from gradviz.experiment.own_code.reference import BadSource, is_reference, parse_reference
from gradviz.experiment.own_code.source import is_kept
from gradviz.tasks.task_table import Task


def own_task(table: Mapping[str, Any]) -> tuple[Task | None, list[Mistake]]:
    """The task that a table of the user's own code describes, or None and what is wrong.

    Parameters
    ----------
    table : mapping
        ``[task]``, with a reference as its name. One whose source was not found is passed over.
    """
    spec = table["name"]
    if not _is_found(spec):
        return None, []
    options = {key: value for key, value in table.items() if key != "name"}
    mistakes = own_option_mistakes("task", "name", spec, options)
    if mistakes:
        return None, mistakes
    try:
        return build_task(spec, options), []
    except (BadSource, UnknownName) as error:
        return None, [bad_value("task.name", shown_name(spec), str(error))]


def own_mistakes(table: Mapping[str, Any]) -> list[Mistake]:
    """Mistakes in a model, an optimizer and a metric of the user's own, without a call of any of them.

    Parameters
    ----------
    table : mapping
        Of the experiment. References whose source was not found are passed over.
    """
    model, training = table.get("model"), table.get("training")
    found: list[Mistake] = []
    if isinstance(model, Mapping) and _is_found(model.get("make")):
        options = {key: value for key, value in model.items() if key != "make"}
        found += own_option_mistakes("model", "make", model["make"], options)
    if isinstance(training, Mapping):
        for key in ("optimizer", "metric"):
            if _is_found(training.get(key)):
                found += _function_mistakes(f"training.{key}", training[key])
        if _is_found(training.get("optimizer")) and isinstance(training.get(OPTIONS), Mapping):
            found += optimizer_option_mistakes(training["optimizer"], training[OPTIONS])
        found += _metric_mistakes(training)
    return found


def _is_found(spec: object) -> bool:
    if not isinstance(spec, str) or not is_reference(spec):
        return False
    try:
        return is_kept(parse_reference(spec).where)
    except BadSource:
        return False


def _function_mistakes(path: str, spec: str) -> Iterator[Mistake]:
    try:
        function = own_part(spec)
    except (BadSource, UnknownName) as error:
        yield Mistake(path, f": {error}")
        return
    if not callable(function):
        words = f"is of type {type(function).__name__}; it must be a function or a class"
        yield bad_value(path, shown_name(spec), words)


def _metric_mistakes(training: Mapping[str, Any]) -> Iterator[Mistake]:
    spec, goal = training.get("metric"), training.get("metric_goal")
    if spec is None and goal is not None:
        yield bad_value("training.metric_goal", goal, "must be left out if there is no metric beside it")
    if not isinstance(spec, str) or not is_reference(spec):
        return
    name = spec.rpartition(":")[2]
    if name in TAKEN_NAMES:
        yield bad_value("training.metric", shown_name(spec), f"must have another name than {name!r}")
    if training.get("stop_at") is not None and goal is None:
        words = f'missing; stop_at is about {name}, so it must be "max" or "min"'
        yield Mistake("training.metric_goal", f": {words}")
