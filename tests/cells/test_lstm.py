"""The LSTM cell."""

import math

import pytest
import torch
from torch import nn

from gradviz.cells.layout import Sequences, Weights
from gradviz.cells.lstm import LSTMReplay
from gradviz.cells.workspace import Workspace


def test_outputs_and_parameter_gradients_are_torchs(replayed):
    replayed("lstm", nn.LSTM(3, 5)).check()


def test_one_step_by_hand():
    """Zero weights and biases (i, f, g, o) = (0, ln 3, 1, -ln 3): f = 3/4, o = 1/4."""
    d = torch.float64
    bias = torch.tensor([0.0, math.log(3), 1.0, -math.log(3)], dtype=d)
    nothing = torch.zeros(4, 1, dtype=d)
    c0 = torch.tensor([[0.5]], dtype=d)
    g = math.tanh(1.0)
    c = 0.75 * 0.5 + 0.5 * g
    h = 0.25 * math.tanh(c)
    states = torch.tensor([0.0, h], dtype=d).view(2, 1, 1)
    replay = LSTMReplay(
        Sequences(torch.zeros(1, 1, 1, dtype=d), states, c0),
        Weights(nothing, nothing, bias, torch.zeros_like(bias)),
        Workspace(d, torch.device("cpu")),
    )
    assert replay.gates.flatten().tolist() == pytest.approx([0.5, 0.75, g, 0.25])
    assert replay.c.item() == pytest.approx(c)
    grad_h = torch.full((1, 1, 1), 2.0, dtype=d)
    block = replay.run_block(0, 1, grad_h, torch.full((1, 1, 1), 3.0, dtype=d), replay.nothing_carried())
    dc = 3 + 2 * 0.25 * (1 - math.tanh(c) ** 2)
    assert block.grad_c.item() == pytest.approx(dc)
    expected = [
        dc * g * 0.5 * 0.5,
        dc * 0.5 * 0.75 * 0.25,
        dc * 0.5 * (1 - g**2),
        2 * math.tanh(c) * 0.25 * 0.75,
    ]
    assert block.grad_gates.flatten().tolist() == pytest.approx(expected)
    assert block.carry_gradient.item() == pytest.approx(0.75 * dc)
