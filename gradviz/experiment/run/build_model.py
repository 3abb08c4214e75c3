"""Build the model and the task of an experiment."""

from __future__ import annotations

from torch import nn

from gradviz.experiment.config.schema import Experiment, ModelConfig
from gradviz.experiment.config.toml_values import lists_to_tuples
from gradviz.experiment.run.prepare_model import prepare_model
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
    if experiment.model.init != "default":
        initialise(model, experiment.model.init, **lists_to_tuples(experiment.model.init_options))
    return prepare_model(model, experiment.training), task


def _model(config: ModelConfig, task: Task) -> nn.Module:
    if isinstance(task, Text):
        return text_model(
            task,
            cell=config.cell,
            hidden_size=config.hidden_size,
            num_layers=config.num_layers,
            dropout=config.dropout,
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
    )
