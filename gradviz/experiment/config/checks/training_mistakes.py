"""Mistakes in how the keys of a training go together, with its model and with its task."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gradviz.errors import unknown_name
from gradviz.experiment.config.claim_schema import Expectation
from gradviz.experiment.config.own.own_metric import metric_names
from gradviz.experiment.config.schema import Experiment, ModelConfig
from gradviz.experiment.config.validation import Mistake, bad_value
from gradviz.experiment.own_code.reference import is_reference
from gradviz.tasks.task_length import length_option, with_length
from gradviz.tasks.task_table import Task
from gradviz.tasks.text import Text
from gradviz.training.learning_rate_schedule import STEPWISE
from gradviz.training.optimisation import setting_mistakes
from gradviz.training.optimizer_options import optimizer_option_mistakes
from gradviz.training.training_step import LEARNING_RATE, OMEGA, SEQUENCE_LENGTH
from gradviz.vocabulary import GRAD_NORM, GRAD_NORM_CLIPPED, LOSS, VALIDATION

_CELLS_OF_OMEGA = ("rnn", "rnn_relu")


def training_mistakes(experiment: Experiment, task: Task) -> list[Mistake]:
    """All mistakes in the keys of ``[training]``, ``[validation]`` and ``[curriculum]`` together.

    Parameters
    ----------
    experiment : Experiment
        Each of whose keys is valid by itself.
    task : Task
    """
    how = experiment.training
    found = [bad_value(f"training.{name}", getattr(how, name), said) for name, said in setting_mistakes(how)]
    found += [
        Mistake(f"training.optimizer_options.{name}", said) for name, said in optimizer_option_mistakes(how)
    ]
    return [
        *found,
        *_schedule_mistakes(experiment),
        *_bptt_mistakes(experiment, task),
        *_omega_mistakes(experiment),
        *_validation_mistakes(experiment, task),
        *_curriculum_mistakes(experiment, task),
    ]


def metric_mistakes(path: str, claim: Expectation, experiment: Experiment, task: Task) -> list[Mistake]:
    """The mistake of a claim about a metric that its run will not have, or not yet; none if it has it.

    Parameters
    ----------
    path : str
        Of the claim.
    claim : Expectation
    experiment : Experiment
    task : Task
    """
    metric = claim.metric
    measured = metric_names(task)  # the first is that of the validation
    of_validation = [f"{VALIDATION}{name}" for name in (LOSS, *measured[:1])]
    if metric in of_validation and experiment.validation is None:
        return [bad_value(f"{path}.metric", metric, "needs a table [validation]")]
    how = experiment.training
    if metric in of_validation and experiment.validation is not None and isinstance(claim.at, int):
        first = min(experiment.validation.every, how.steps) - 1
        if claim.at < first:
            return [bad_value(f"{path}.at", claim.at, f"must be at least {first}, the first evaluation")]
    if claim.in_units_of is not None:
        if metric not in (LOSS, f"{VALIDATION}{LOSS}"):
            said = f"is for the metrics {LOSS} and {VALIDATION}{LOSS}: the baseline is a loss"
            return [bad_value(f"{path}.in_units_of", claim.in_units_of, said)]
        if not task.baseline:
            said = f"the task {task.name!r} has no baseline, the loss of a trivial predictor"
            return [bad_value(f"{path}.in_units_of", claim.in_units_of, said)]
    known = [LOSS, GRAD_NORM, GRAD_NORM_CLIPPED, *measured]
    known += [LEARNING_RATE] * (how.made_schedule() is not None) + [OMEGA] * (how.omega is not None)
    known += [SEQUENCE_LENGTH] * (experiment.curriculum is not None)
    known += of_validation * (experiment.validation is not None)
    if metric in known:
        return []
    return [Mistake(f"{path}.metric", f": {unknown_name('metric', metric, known)}")]


def _schedule_mistakes(experiment: Experiment) -> Iterator[Mistake]:
    how = experiment.training
    if how.warmup >= how.steps:
        yield bad_value("training.warmup", how.warmup, f"must be below steps = {how.steps}")
    if how.schedule is not None and how.schedule.name != STEPWISE:
        for name in ("every", "factor"):
            if (value := getattr(how.schedule, name)) is not None:
                said = f"must be left out for {how.schedule.name!r}; 'step' takes it"
                yield bad_value(f"training.schedule.{name}", value, said)


def _bptt_mistakes(experiment: Experiment, task: Task) -> Iterator[Mistake]:
    how = experiment.training
    if how.bptt is None:
        if not how.bptt_detach:
            yield bad_value("training.bptt_detach", False, "needs bptt, the time steps of a segment")
        return
    if task.name == Text.name:
        said = "must be left out for a text: form = 'stream' has segments of its own, of task.bptt characters"
        yield bad_value("training.bptt", how.bptt, said)
    if not isinstance(experiment.model, ModelConfig):
        said = "must be left out for a model of your own, which reads in segments if its forward does"
        yield bad_value("training.bptt", how.bptt, said)
    elif experiment.model.bidirectional:
        said = "must be left out if model.bidirectional is true: the reverse direction has no segments"
        yield bad_value("training.bptt", how.bptt, said)
    if how.omega is not None:
        yield bad_value(
            "training.bptt", how.bptt, "must be left out if omega is given: Ω is of whole sequences"
        )


def _omega_mistakes(experiment: Experiment) -> Iterator[Mistake]:
    model, omega = experiment.model, experiment.training.omega
    if omega is None:
        return
    if not isinstance(model, ModelConfig):
        said = f"must be left out for a model of your own: it needs the cell {' or '.join(_CELLS_OF_OMEGA)}"
        yield bad_value("training.omega", omega, said)
        return
    if model.cell not in _CELLS_OF_OMEGA:
        said = (
            f"must be left out for cell = {model.cell!r}: it is defined for {' and '.join(_CELLS_OF_OMEGA)}"
        )
        yield bad_value("training.omega", omega, said)
    for name in ("bidirectional", "dropout"):
        if getattr(model, name):
            yield bad_value("training.omega", omega, f"must be left out if model.{name} is given")


def _validation_mistakes(experiment: Experiment, task: Task) -> Iterator[Mistake]:
    if experiment.validation is not None and isinstance(task, Text) and not task.held_out:
        yield Mistake(
            "validation", ": this text holds nothing out to evaluate on; set task.held_out, for example 0.1"
        )


def _curriculum_mistakes(experiment: Experiment, task: Any) -> Iterator[Mistake]:
    given = experiment.curriculum
    if given is None:
        return
    if experiment.training.stop_when is not None:
        said = "must be left out if there is a curriculum: its first sequences have a shorter lag"
        yield bad_value("training.stop_when", experiment.training.stop_when, said)
    try:
        given.made()
    except ValueError as error:
        key, equals, said = str(error).partition(" = ")
        yield (
            Mistake("curriculum", f": {error}") if not equals else Mistake(f"curriculum.{key}", f" = {said}")
        )
        return
    option = length_option(task)
    if option is None:
        said = f"the task {task.name!r} has no option for the length of its sequences"
        own = (
            "; one of your own is a dataclass, with a field length"
            if is_reference(experiment.task.name)
            else ""
        )
        yield Mistake("curriculum", f": {said}{own}")
        return
    for place, length in enumerate(given.lengths):
        try:
            other = with_length(task, length)
        except ValueError as error:
            yield bad_value(f"curriculum.lengths[{place}]", length, f"task.{error}")
            continue
        if (other.input_size, other.output_size) != (task.input_size, task.output_size):
            said = "gives the task inputs or outputs of another size, which one model cannot have both"
            yield bad_value(f"curriculum.lengths[{place}]", length, said)
    if getattr(task, option) != given.lengths[-1]:
        said = f"must be the last of curriculum.lengths, {given.lengths[-1]}, or be left out"
        yield bad_value(f"task.{option}", getattr(task, option), said)
