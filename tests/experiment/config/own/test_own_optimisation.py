"""An optimizer and a metric of one's own in a training, against the same ones written by hand."""

import torch
from own_sources import TABLE, write_sources

from gradviz.experiment.config.build_model import build
from gradviz.experiment.config.resolve import resolve
from gradviz.training.loop import Training, batch_generator


def training(experiment):
    torch.manual_seed(0)
    model, task = build(experiment)
    return Training(model, task, experiment.optimisation())


def test_steps_are_those_of_torch_and_the_metric_is_beside_that_of_the_task(tmp_path):
    write_sources(tmp_path)
    table = {**TABLE, "task": "adding", "training": {**TABLE["training"], "learning_rate": 0.01}}
    mine = training(resolve(table, folder=tmp_path))
    builtin = {key: value for key, value in table["training"].items() if key != "metric"}
    theirs = training(resolve({**table, "training": {**builtin, "optimizer": "rmsprop"}}, folder=tmp_path))
    steps = list(zip(mine, theirs, strict=True))
    assert len(steps) == 6
    assert [a.loss for a, _ in steps] == [b.loss for _, b in steps]
    assert [a.metrics["mse"] for a, _ in steps] == [b.metrics["mse"] for _, b in steps]
    assert all(
        torch.equal(a, b) for a, b in zip(mine.model.parameters(), theirs.model.parameters(), strict=True)
    )
    assert list(steps[0][0].metrics) == ["mae", "mse", "grad_norm", "grad_norm_clipped"]


def test_the_metric_by_hand(tmp_path):
    write_sources(tmp_path)
    made = training(resolve(TABLE, folder=tmp_path))
    inputs, targets = made.task.batch(3, batch_generator(0, 0))
    with torch.no_grad():
        expected = (made.model(inputs) - targets).abs().mean().item()
    step = next(iter(made))
    assert step.metrics["mae"] == expected
    assert list(step.metrics) == ["mae", "grad_norm", "grad_norm_clipped"]  # this task has none itself


def test_it_is_in_place_of_a_metric_of_the_same_name(tmp_path):
    write_sources(tmp_path, mymetric="def mse(outputs, targets):\n    return 7\n")
    table = {**TABLE, "task": "adding", "training": {"steps": 1, "metric": "mymetric.py:mse"}}
    (step,) = training(resolve(table, folder=tmp_path))
    assert step.metrics["mse"] == 7


def test_a_training_stops_at_a_value_of_this_metric(tmp_path):
    write_sources(tmp_path, mymetric="def total(outputs, targets):\n    return targets.sum().item()\n")

    def totals(**stop):
        how = {"steps": 9, "metric": "mymetric.py:total", **stop}
        made = training(resolve({**TABLE, "task": "adding", "training": how}, folder=tmp_path))
        found = [step.metrics["total"] for step in made]
        assert made.done
        return found

    every = totals()
    assert len(every) == len(set(every)) == 9
    highest, lowest = every.index(max(every)), every.index(min(every))
    assert totals(metric_goal="max", stop_at=max(every)) == every[: highest + 1]
    assert totals(metric_goal="min", stop_at=min(every)) == every[: lowest + 1]
    assert totals(metric_goal="max", stop_at=1e9) == every
    assert totals(metric_goal="min", stop_at=1e9) == every[:1]
