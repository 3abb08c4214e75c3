"""Gradient lost along a sequence, of weights for which it is known by hand."""

import math

import pytest
import torch
from torch import nn

import gradviz as gv
from gradviz.reproductions.measured.across_sequence import measure


class Halving(nn.Module):
    """A linear recurrence, nearly: small states of a tanh unit whose weight to itself is a half."""

    def __init__(self, task):
        super().__init__()
        self.layer = nn.RNN(task.input_size, 1, batch_first=True)
        self.head = nn.Linear(1, task.output_size)
        with torch.no_grad():
            for weight in self.layer.parameters():
                weight.zero_()
            self.layer.weight_hh_l0.fill_(0.5)

    def forward(self, inputs):
        return self.head(self.layer(inputs)[1][-1])


class Keeping(nn.Module):
    """An LSTM cell without weights whose forget gate has a bias of 1."""

    def __init__(self, task):
        super().__init__()
        self.layer = nn.LSTM(task.input_size, 2, batch_first=True)
        self.head = nn.Linear(2, task.output_size)
        with torch.no_grad():
            for weight in self.layer.parameters():
                weight.zero_()
            self.layer.bias_ih_l0[2:4] = 1.0

    def forward(self, inputs):
        return self.head(self.layer(inputs)[1][0][-1])


def found_of(tmp_path, model, steps=1):
    config = {
        "name": "tiny",
        "task": {"name": "adding", "length": 8},
        "model": {"make": model},
        "training": {"steps": steps, "batch_size": 3, "learning_rate": 1e-9},
        "recording": {"every": 1},
    }
    return measure(gv.run(config, runs=tmp_path).folder)


def test_a_weight_of_a_half_halves_at_each_step(tmp_path):
    """From step 8 to steps 1, 2 and 3 it is halved 7, 6 and 5 times: 6 in the mean of the decades."""
    found = found_of(tmp_path, Halving, steps=3)
    assert set(found) == {f"lost_across_sequence_h_{one}" for one in ("start", "middle", "end")}
    assert list(found.values()) == pytest.approx([6 * math.log10(2)] * 3, abs=1e-5)


def test_a_cell_state_loses_its_forget_gate_at_each_step(tmp_path):
    found = found_of(tmp_path, Keeping)
    assert found["lost_across_sequence_c_end"] == pytest.approx(
        -6 * math.log10(torch.tensor(1.0).sigmoid()), abs=1e-5
    )
    assert found["lost_across_sequence_h_end"] == math.inf  # no weight leads back to a hidden state
