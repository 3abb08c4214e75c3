"""Lyapunov exponents before and after a training, against what follows from the weights by hand."""

import math

import pytest
import torch
from torch import nn

import gradviz as gv
from gradviz.reproductions.measured.lyapunov import NAMES, measure


class Diagonal(nn.Module):
    """A relu layer of four units that stay above zero: its exponents are the logarithms of its diagonal."""

    def __init__(self, task):
        super().__init__()
        self.layer = nn.RNN(task.input_size, 4, nonlinearity="relu", batch_first=True)
        self.head = nn.Linear(4, task.output_size)
        with torch.no_grad():
            self.layer.weight_hh_l0.copy_(torch.diag(torch.tensor([0.5, 0.98, 0.25, 0.99])))
            self.layer.weight_ih_l0.zero_()
            self.layer.bias_ih_l0.fill_(1.0)
            self.layer.bias_hh_l0.zero_()

    def forward(self, inputs):
        return self.head(self.layer(inputs)[1][-1])


def stretch(parameters, lr):
    """An optimizer that doubles the recurrent weight, whatever the gradient is."""
    return Doubling(parameters, {"lr": lr})


class Doubling(torch.optim.Optimizer):
    @torch.no_grad()
    def step(self, closure=None):
        for weight in (each for group in self.param_groups for each in group["params"]):
            if weight.shape == (4, 4):
                weight.mul_(2)


def run_of(tmp_path, model, optimizer):
    config = {
        "name": "tiny",
        "task": {"name": "adding", "length": 12},
        "model": model,
        "training": {"steps": 1, "batch_size": 2, "optimizer": optimizer},
        "recording": {"samples": 1},
    }
    return gv.run(config, runs=tmp_path).folder


def test_logarithms_of_the_diagonal_before_and_after(tmp_path):
    found = measure(run_of(tmp_path, {"make": Diagonal}, stretch))
    assert set(found) == set(NAMES)
    assert found["lyapunov_before"] == pytest.approx(math.log(0.99), abs=1e-6)
    assert found["lyapunov_after"] == pytest.approx(math.log(1.98), abs=1e-6)
    assert found["lyapunov_change"] == pytest.approx(math.log(2), abs=1e-6)
    assert found["lyapunov_towards_zero"] == pytest.approx(-math.log(0.99) - math.log(1.98), abs=1e-6)
    assert found["lyapunov_neutral_before"] == 2  # of 0.98 and 0.99
    assert found["lyapunov_neutral_after"] == 1  # of 2 · 0.5


def test_the_last_of_two_layers_reads_the_first(tmp_path):
    model = {"cell": "rnn", "hidden_size": 3, "num_layers": 2}
    folder = run_of(tmp_path, model, "sgd")
    trained, task = gv.load_trained(folder)
    x, _ = task.batch(16, torch.Generator().manual_seed(0))
    slow = gv.lyapunov_exponents(gv.step_jacobians(trained.recurrent, x, layer=1), warmup=6)
    assert measure(folder)["lyapunov_after"] == pytest.approx(slow[0].item(), abs=1e-5)


class CellInALoop(nn.Module):
    def __init__(self, task):
        super().__init__()
        self.cell = nn.GRUCell(task.input_size, 3)
        self.head = nn.Linear(3, task.output_size)

    def forward(self, inputs):
        state = inputs.new_zeros(len(inputs), 3)
        for step in inputs.unbind(1):
            state = self.cell(step, state)
        return self.head(state)


def test_a_model_without_a_recurrent_layer(tmp_path):
    with pytest.raises(ValueError, match="this has 0"):
        measure(run_of(tmp_path, {"make": CellInALoop}, "sgd"))
