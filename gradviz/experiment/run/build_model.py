"""Build the model and the task of an experiment."""

from __future__ import annotations

from torch import nn

from gradviz.experiment.config.schema import Experiment, ModelConfig
from gradviz.experiment.config.toml_values import lists_to_tuples
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
        If the experiment was not resolved and has mistakes.
    """
    task = experiment.built_task
    model = _model(experiment.model, task)
    for name, options in experiment.model.initialisations:
        if name != "default":
            initialise(model, name, **lists_to_tuples(options))
    return model, task


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
