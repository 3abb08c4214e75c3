"""The task that an experiment names."""

import gradviz as gv
from gradviz.experiment.config.build_task import task_of
from gradviz.experiment.config.resolve import resolve


def test_a_task_with_its_options():
    task = {"name": "copy_memory", "delay": 20, "alphabet": 5}
    model = {"cell": "gru", "hidden_size": 4}
    table = {"name": "mine", "task": task, "model": model, "training": {"steps": 1}}
    assert task_of(resolve(table)) == gv.tasks.copy_memory(20, alphabet=5)
