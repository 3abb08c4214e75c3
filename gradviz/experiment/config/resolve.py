"""Turn the table of an experiment file into an experiment with every default filled in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from gradviz.errors import unknown_name
from gradviz.experiment.config.checks.claim_rules import comparison_mistakes
from gradviz.experiment.config.checks.own_mistakes import own_mistakes, own_task
from gradviz.experiment.config.checks.training_mistakes import metric_mistakes, training_mistakes
from gradviz.experiment.config.checks.trial import trial_mistakes
from gradviz.experiment.config.claim_schema import Expectation
from gradviz.experiment.config.condition_values import table_has
from gradviz.experiment.config.initialisations import filled_options, plain_initialisations
from gradviz.experiment.config.options import defaults_of, option_mistakes
from gradviz.experiment.config.own.own_factory import written_defaults
from gradviz.experiment.config.own.own_metric import measured
from gradviz.experiment.config.own.own_parts import with_sources
from gradviz.experiment.config.projection import mistakes_beside_task, projection_mistakes
from gradviz.experiment.config.schema import Experiment, ModelConfig, OwnModelConfig
from gradviz.experiment.config.shorthand import expanded
from gradviz.experiment.config.task_of_curriculum import with_last_length
from gradviz.experiment.config.toml_values import lists_to_tuples, tuples_to_lists
from gradviz.experiment.config.validation import Mistake, bad_experiment, bad_value, mistakes_of
from gradviz.experiment.own_code.reference import is_reference
from gradviz.tasks.task_table import TASKS, Task, make_task
from gradviz.tasks.text import Text


def resolve(
    table: Mapping[str, Any],
    place: Callable[[str], str] = lambda _: "experiment",
    *,
    folder: Path = Path(),
) -> Experiment:
    """The experiment that a table describes.

    Parameters
    ----------
    table : mapping
        Content of a TOML file, without ``[sweep]``.
    place : callable
        Takes a dotted path and returns the beginning of a message about it.
    folder : Path
        What the paths of one's own code are relative to.

    Returns
    -------
    Experiment
        With the defaults of its task and its initialisation.

    Raises
    ------
    BadExperiment
        If anything is wrong; the message has one line for every mistake.
    """
    found = examine(table, folder)
    if isinstance(found, list):
        raise bad_experiment(found, place)
    return found


def examine(table: Mapping[str, Any], folder: Path = Path()) -> Experiment | list[Mistake]:
    """The experiment, or every mistake in the table; paths of one's own code are relative to ``folder``."""
    table, not_found = with_sources(expanded(table), folder)
    table, mistakes = plain_initialisations(with_last_length(table))
    mistakes += [bad_value(*one) for one in not_found]
    try:
        experiment = Experiment.model_validate(table)
    except ValidationError as error:
        mistakes += mistakes_of(error)
    task, task_mistakes = _build_task(table.get("task"))
    mistakes += task_mistakes
    mistakes += _model_mistakes(table.get("model"))
    mistakes += own_mistakes(table)
    if mistakes or task is None:
        return mistakes
    task = measured(task, experiment.training.metric, experiment.training.metric_goal)
    mistakes = [*_mistakes_together(experiment, task), *_expect_mistakes(experiment, task)]
    return [*mistakes, *trial_mistakes(experiment, task)] or _filled(experiment, task)


def _build_task(table: object) -> tuple[Task | None, list[Mistake]]:
    """The task of a table, or None with its mistakes; the schema checks the type of the name."""
    if not isinstance(table, Mapping) or not isinstance(table.get("name"), str):
        return None, []
    name = table["name"]
    if is_reference(name):
        return own_task(table)
    if name not in TASKS:
        return None, [Mistake("task.name", f": {unknown_name('task', name, TASKS)}")]
    options = {key: value for key, value in table.items() if key != "name"}
    try:
        return make_task(name, **lists_to_tuples(options)), []
    except (ValueError, TypeError, OSError, ArithmeticError, MemoryError, RuntimeError):
        return None, option_mistakes("task", TASKS[name], options, defaults_of(TASKS[name]))


def _model_mistakes(table: object) -> list[Mistake]:
    if not isinstance(table, Mapping) or "make" in table:
        return []
    mistakes = projection_mistakes(table)
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
    how, mistakes = experiment.training, training_mistakes(experiment, task)
    if how.clip_norm is not None and how.clip_value is not None:
        mistakes.append(
            bad_value("training.clip_value", how.clip_value, "must be left out if clip_norm is given")
        )
    if (
        how.stop_at is not None
        and how.metric is None
        and None in (getattr(task, "metric", None), task.metric_goal)
    ):
        words = "must be left out: the task has no metric, or no metric_goal"
        mistakes.append(bad_value("training.stop_at", how.stop_at, words))
    if how.stop_when is not None and not (task.fixed_lag and task.lag):
        mistakes.append(
            bad_value(
                "training.stop_when",
                how.stop_when,
                f"must be left out for this {task.name}: a vanishing gradient tells early that a task will "
                "not be learned only if it has one fixed lag and a loss at the last step (delayed_recall, "
                "latch, two_sequences, temporal_order, or parity with few bits, of one length)",
            )
        )
    model = experiment.model
    mistakes += mistakes_beside_task(model, task)
    if isinstance(model, ModelConfig) and model.bidirectional and task.name == Text.name:
        mistakes.append(bad_value("model.bidirectional", True, "must be left out: a text is read forwards"))
    return mistakes


def _expect_mistakes(experiment: Experiment, task: Task) -> list[Mistake]:
    found = []
    limited = any(claim.conditions or claim.compared_with for claim in experiment.expect)
    table = _filled(experiment, task).model_dump() if limited else {}
    for position, claim in enumerate(experiment.expect):
        path = f"expect[{position}]"
        if _is_about(table, claim):
            found += metric_mistakes(path, claim, experiment, task)
        found += comparison_mistakes(path, claim)
        if isinstance(claim.at, int) and claim.at >= experiment.training.steps:
            last = experiment.training.steps - 1
            found.append(bad_value(f"{path}.at", claim.at, f"must be at most {last}, the last step"))
    return found


def _is_about(table: Mapping[str, Any], claim: Expectation) -> bool:
    """Whether an experiment is one of those that a claim is about, not of those with which it compares.

    Which these are depends on the other points; see `gradviz.experiment.sweep.check_comparisons`.
    """
    compared = bool(claim.compared_with) and table_has(table, claim.compared_with)
    return not compared and (not claim.conditions or table_has(table, claim.conditions))


def _filled(experiment: Experiment, task: Task) -> Experiment:
    """Fill in the default options, so that an experiment with changed defaults has another fingerprint."""
    table = experiment.model_dump()
    table["task"] = {"name": experiment.task.name, **_task_options(experiment, task)}
    model = experiment.model
    if isinstance(model, OwnModelConfig):
        table["model"] = {
            "make": model.make,
            **tuples_to_lists(written_defaults(model.make)),
            **model.options,
        }
    else:
        table["model"]["init_options"] = filled_options(model.init, model.init_options)
    filled = Experiment.model_validate(table)
    filled.keep_task(task)
    return filled


def _task_options(experiment: Experiment, task: Task) -> dict[str, Any]:
    name = experiment.task.name
    if is_reference(name):
        return {**tuples_to_lists(written_defaults(name)), **experiment.task.options}
    return tuples_to_lists({option: getattr(task, option) for option in defaults_of(type(task))})
