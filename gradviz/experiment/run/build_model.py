"""The task and the model that an experiment names."""

from __future__ import annotations

from torch import nn

from gradviz.experiment.config.build_task import task_of
from gradviz.experiment.config.options import lists_to_tuples
from gradviz.experiment.config.schema import Experiment, ModelConfig
from gradviz.models.initialise import initialise
from gradviz.models.sequence import SequenceModel
from gradviz.models.text_model import text_model
from gradviz.tasks.task_table import Task
from gradviz.tasks.text import Text


def build(experiment: Experiment) -> tuple[nn.Module, Task]:
    """The model and its task; the caller has seeded torch, from whose global generator weights are drawn.

    Raises
    ------
    UnknownName, ValueError, TypeError
        For an experiment that was not resolved and does not work.
    """
    task = task_of(experiment)
    model = _model(experiment.model, task)
    if experiment.model.init != "default":
        initialise(model, experiment.model.init, **lists_to_tuples(experiment.model.init_options))
    return model, task


def _model(how: ModelConfig, task: Task) -> nn.Module:
    if isinstance(task, Text):
        return text_model(
            task,
            cell=how.cell,
            hidden_size=how.hidden_size,
            num_layers=how.num_layers,
            dropout=how.dropout,
        )
    return SequenceModel(
        how.cell,
        task.input_size,
        how.hidden_size,
        task.output_size,
        num_layers=how.num_layers,
        bidirectional=how.bidirectional,
        dropout=how.dropout,
        every_step=task.every_step,
    )
