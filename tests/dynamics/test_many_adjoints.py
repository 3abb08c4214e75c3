"""The recursion for many losses equals the recursion for each loss alone."""

import math

import pytest
import torch
from torch import nn

from gradviz.dynamics.many_adjoints import many_adjoints
from gradviz.dynamics.trajectory import run_trajectory


@pytest.mark.parametrize("make", [nn.RNN, nn.LSTM, nn.GRU])
def test_every_loss_has_its_own_gradient_at_states_and_inputs(make):
    module = make(2, 3, bidirectional=True).double()
    x = torch.randn(5, 2, 2).double().requires_grad_()
    direct = torch.randn(4, 5, 2, 3).double()  # (loss, time, sample, state)
    direct[0, 1:] = 0
    out = module(x)[0]
    for place, direction in enumerate(("forward", "reverse")):
        found = many_adjoints(run_trajectory(module, x.detach(), direction=direction), direct, to_inputs=True)
        half = out.chunk(2, -1)[place]
        for k in range(4):
            (expected,) = torch.autograd.grad((half * direct[k]).sum(), x, retain_graph=True)
            torch.testing.assert_close(found.at_inputs[k], expected, rtol=1e-10, atol=1e-14)
        end = 4 if direction == "forward" else 0
        torch.testing.assert_close(found.log10_norm[1:, end], direct[1:, end].norm(dim=-1).log10())
    torch.testing.assert_close(found.log10_norm[0, 0], direct[0, 0].norm(dim=-1).log10())


def test_a_loss_of_zeros_has_minus_infinity():
    trajectory = run_trajectory(nn.GRU(2, 3), torch.randn(4, 1, 2))
    found = many_adjoints(trajectory, torch.zeros(2, 4, 1, 3).double(), to_inputs=True)
    assert found.log10_norm.unique().tolist() == [-math.inf]
    assert found.at_inputs.unique().tolist() == [0.0]
    assert many_adjoints(trajectory, torch.zeros(2, 4, 1, 3).double()).at_inputs is None
