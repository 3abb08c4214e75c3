"""The tasks of the population: their shapes, and when they count as solved."""

import math

import pytest
import torch

from gradviz.benchmark.population.assignments import ASSIGNMENTS, assignment


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_perfect_and_trivial_answers(name):
    task = assignment(name, 10)
    inputs, targets = task.draw(4000, torch.Generator().manual_seed(0))
    features = inputs.data.shape[-1]
    assert features == task.inputs
    if task.loss == "mse":
        perfect, trivial = targets, targets.mean().expand_as(targets)
    elif task.loss == "bce":
        perfect, trivial = 2 * targets - 1, torch.ones_like(targets)
    else:
        perfect = torch.nn.functional.one_hot(targets, task.outputs).float()
        trivial = torch.nn.functional.one_hot(torch.zeros_like(targets), task.outputs).float()
    assert task.score(perfect, targets) == pytest.approx(1)
    assert task.score(trivial, targets) == pytest.approx(0, abs=0.06)
    assert math.isnan(task.score(torch.full_like(perfect, torch.nan), targets))


def test_the_next_value_of_a_sine():
    task = assignment("sines", 12)
    inputs, targets = task.draw(2000, torch.Generator().manual_seed(0))
    assert inputs.shape == (2000, 12, 1)
    assert targets.shape == (2000, 1)
    # of a sine, x_{t+1} = 2 cos(w) x_t - x_{t-1}: the last values tell the next one
    assert targets.var().item() == pytest.approx(0.5, abs=0.03)
    assert torch.corrcoef(torch.stack([inputs[:, -1, 0], targets[:, 0]]))[0, 1] > 0.6


def test_only_the_first_vector_tells_the_class():
    inputs, targets = assignment("early_sign", 9).draw(500, torch.Generator().manual_seed(0))
    assert ((inputs[:, 0, 0] > 0).long() == targets).all()
    assert abs((inputs[:, 1:, 0].mean(1) * (2 * targets - 1)).mean()) < 0.05
