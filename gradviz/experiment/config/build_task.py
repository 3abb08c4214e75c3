"""The task that an experiment names."""

from __future__ import annotations

from gradviz.experiment.config.options import lists_to_tuples
from gradviz.experiment.config.schema import Experiment
from gradviz.tasks.task_table import Task, make_task


def task_of(experiment: Experiment) -> Task:
    """The task that an experiment names, with its options."""
    return make_task(experiment.task.name, **lists_to_tuples(experiment.task.options))
