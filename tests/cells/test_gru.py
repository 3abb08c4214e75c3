"""The GRU cell."""

import math

import pytest
import torch
from torch import nn

from gradviz.cells.gru import GRUReplay
from gradviz.cells.layout import Sequences, Weights
from gradviz.cells.workspace import Workspace


def test_outputs_and_parameter_gradients_are_torchs(replayed):
    replayed("gru", nn.GRU(3, 5)).check()


def test_one_step_by_hand():
    """r = 1/4, z = 3/4 from biases; the reset gate multiplies U_n h⁻ + b_hn after the product."""
    d = torch.float64
    b_ih = torch.tensor([-math.log(3), math.log(3), 0.2], dtype=d)
    b_hh = torch.tensor([0.0, 0.0, 0.6], dtype=d)
    w_hh = torch.tensor([[0.0], [0.0], [2.0]], dtype=d)
    h0 = 0.5
    inner = 2 * h0 + 0.6
    n = math.tanh(0.2 + 0.25 * inner)
    h = 0.25 * n + 0.75 * h0
    states = torch.tensor([h0, h], dtype=d).view(2, 1, 1)
    replay = GRUReplay(
        Sequences(torch.zeros(1, 1, 1, dtype=d), states, None),
        Weights(torch.zeros(3, 1, dtype=d), w_hh, b_ih, b_hh),
        Workspace(d, torch.device("cpu")),
    )
    assert replay.gates.flatten().tolist() == pytest.approx([0.25, 0.75, n])
    assert replay.h.item() == pytest.approx(h)
    grad_h = torch.full((1, 1, 1), 2.0, dtype=d)
    block = replay.run_block(0, 1, grad_h, None, replay.nothing_carried())
    dn = 2 * 0.25 * (1 - n**2)
    expected = [dn * inner * 0.25 * 0.75, 2 * (h0 - n) * 0.75 * 0.25, dn]
    assert block.grad_gates.flatten().tolist() == pytest.approx(expected)
    assert block.recurrent_gradient.flatten().tolist() == pytest.approx([*expected[:2], 0.25 * dn])
    assert block.carry_gradient.item() == pytest.approx(0.75 * 2)
