"""Build the model and the task of an experiment."""

from __future__ import annotations

from torch import nn

from gradviz.experiment.config.own.own_factory import call_own
from gradviz.experiment.config.own.own_parts import shown_name
from gradviz.experiment.config.prepare_model import prepare_model
from gradviz.experiment.config.schema import Experiment, ModelConfig, OwnModelConfig
from gradviz.experiment.config.toml_values import lists_to_tuples
from gradviz.experiment.own_code.reference import BadSource
from gradviz.models.initialise import initialise
from gradviz.models.sequence import SequenceModel
from gradviz.models.text_model import text_model
from gradviz.tasks.task_table import Task
from gradviz.tasks.text import Text


def build(experiment: Experiment) -> tuple[nn.Module, Task]:
    """The model and the task of an experiment.

    The weights are drawn from torch's global generator, which the caller seeds.

    Raises
    ------
    UnknownName, ValueError, TypeError
        If the experiment was not resolved and has mistakes, or code of the user's own fails.
    """
    task = experiment.built_task
    return prepare_model(_initialised(experiment, task), experiment.training), task


def _initialised(experiment: Experiment, task: Task) -> nn.Module:
    config = experiment.model
    if isinstance(config, OwnModelConfig):
        return _own_model(config, task)
    model = _model(config, task)
    for name, options in config.initialisations:
        if name != "default":
            initialise(model, name, **lists_to_tuples(options))
    return model


def _own_model(config: OwnModelConfig, task: Task) -> nn.Module:
    made = call_own(config.make, config.options, task)
    if not isinstance(made, nn.Module):
        raise BadSource(
            f"{shown_name(config.make)} returned a value of type {type(made).__name__}; it must return a "
            "torch.nn.Module"
        )
    return made


def _model(config: ModelConfig, task: Task) -> nn.Module:
    if isinstance(task, Text):
        return text_model(
            task,
            cell=config.cell,
            hidden_size=config.hidden_size,
            num_layers=config.num_layers,
            dropout=config.dropout,
            projection=config.projection,
        )
    return SequenceModel(
        config.cell,
        task.input_size,
        config.hidden_size,
        task.output_size,
        num_layers=config.num_layers,
        bidirectional=config.bidirectional,
        dropout=config.dropout,
        every_step=task.every_step,
        projection=config.projection,
    )
