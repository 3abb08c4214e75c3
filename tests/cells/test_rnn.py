"""The plain recurrent cell."""

import math

import pytest
import torch
from torch import nn

from gradviz.cells.layout import Sequences, Weights
from gradviz.cells.rnn import RNNReplay
from gradviz.cells.workspace import Workspace


@pytest.mark.parametrize(("cell", "nonlinearity"), [("rnn", "tanh"), ("rnn_relu", "relu")])
def test_outputs_and_parameter_gradients_are_torchs(replayed, cell, nonlinearity):
    replayed(cell, nn.RNN(3, 5, nonlinearity=nonlinearity)).check()


def test_two_steps_by_hand():
    """h_1 = tanh(.5 x_1), h_2 = tanh(.5 x_2 + 2 h_1); with dL/dh_2 = 1, dL/dh_1 = 2 (1 - h_2²)."""
    one = torch.float64
    weights = Weights(torch.tensor([[0.5]], dtype=one), torch.tensor([[2.0]], dtype=one), None, None)
    h1 = math.tanh(0.5)
    h2 = math.tanh(-0.5 + 2 * h1)
    states = torch.tensor([0.0, h1, h2], dtype=one).view(3, 1, 1)
    x = torch.tensor([1.0, -1.0], dtype=one).view(2, 1, 1)
    replay = RNNReplay(Sequences(x, states, None), weights, Workspace(one, torch.device("cpu")))
    assert replay.h.flatten().tolist() == pytest.approx([h1, h2])
    grad_h = torch.tensor([0.0, 1.0], dtype=one).view(2, 1, 1)
    block = replay.run_block(0, 2, grad_h, None, replay.nothing_carried())
    assert block.grad_h.flatten().tolist() == pytest.approx([2 * (1 - h2**2), 1.0])
    expected = [2 * (1 - h2**2) * (1 - h1**2), 1 - h2**2]
    assert block.grad_gates.flatten().tolist() == pytest.approx(expected)


@pytest.mark.parametrize(
    ("batch", "checked"), [(1, [0]), (3, [0, 1, 2]), (4, [0, 1, 2, 3]), (5, [0, 2, 4]), (16, [0, 4, 8, 12])]
)
def test_sequences_all_over_the_batch_are_checked(batch, checked):
    layer, x = nn.RNN(2, 3), torch.randn(6, batch, 2)
    with torch.no_grad():
        states = torch.cat([torch.zeros(1, batch, 3), layer(x)[0]])
        weights, workspace = Weights(*layer.parameters()), Workspace(torch.float32, torch.device("cpu"))
        replay = RNNReplay(Sequences(x, states, None), weights, workspace)
    assert list(range(batch))[replay.checked] == checked
    torch.testing.assert_close(replay.replayed, replay.h[:, checked])
