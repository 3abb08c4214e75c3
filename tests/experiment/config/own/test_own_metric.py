"""A metric of one's own is that of the task, whose own one stays beside it."""

import dataclasses

import torch
from own_sources import write_sources

import gradviz as gv
from gradviz.experiment.config.own.own_metric import measured, metric_names


def test_the_task_with_another_metric(tmp_path, monkeypatch):
    write_sources(tmp_path)
    monkeypatch.chdir(tmp_path)
    adding = gv.tasks.adding(7)
    task = measured(adding, "mymetric.py:mae", "min")
    outputs, targets = torch.tensor([[1.0], [4.0]]), torch.zeros(2, 1)
    assert task.metric(outputs, targets) == 2.5
    assert metric_names(task) == ["mae", "mse"]
    assert task.further_metrics["mse"](outputs, targets) == 8.5
    assert (task.metric_goal, task.lag, isinstance(task, gv.tasks.adding)) == ("min", 6, True)
    longer = dataclasses.replace(task, length=9)
    assert (longer.lag, longer.metric_name, list(longer.further_metrics)) == (8, "mae", ["mse"])
    assert (adding.metric_name, metric_names(adding)) == ("mse", ["mse"])
    assert measured(adding, None, None) is adding
