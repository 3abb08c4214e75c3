"""A trajectory equals the native states, in the order of processing."""

import pytest
import torch
from step_twin import CONFIGURATIONS

from gradviz.dynamics.trajectory import run_trajectory


@pytest.mark.parametrize("direction", ["forward", "reverse"])
@pytest.mark.parametrize("cell", CONFIGURATIONS)
def test_the_last_layers_states_are_the_modules_output(cell, direction):
    make, options = CONFIGURATIONS[cell]
    module = make(3, 4, 2, bidirectional=True, batch_first=True, **options).double()
    x = torch.randn(2, 5, 3).double()
    out = module(x)[0].detach().transpose(0, 1).chunk(2, -1)[direction == "reverse"]
    found = run_trajectory(module, x, layer=1, direction=direction)
    torch.testing.assert_close(found.real_time(found.sequences.h[1:]), out)
    assert (found.sequences.h[0] == 0).all()
    assert (found.steps, found.samples, found.spec.name) == (5, 2, cell.removesuffix("_projected"))
    assert found.size == sum(found.parts.values()) == {"lstm": 8, "lstm_projected": 6}.get(cell, 4)


def test_given_states_are_used_and_lower_layers_have_theirs():
    module = torch.nn.GRU(2, 3, 2).double()
    x, h0 = torch.randn(4, 1, 2).double(), torch.randn(2, 1, 3).double()
    found = run_trajectory(module, x, layer=1, h0=h0)
    torch.testing.assert_close(found.sequences.h[0], h0[1])
    torch.testing.assert_close(found.sequences.h[1:], module(x, h0)[0].detach())
    lower = run_trajectory(module, x, h0=h0)
    torch.testing.assert_close(found.sequences.x, lower.sequences.h[1:])


def test_blocks_cover_every_step_once_in_either_order(monkeypatch):
    monkeypatch.setattr("gradviz.dynamics.trajectory._MAX_ELEMENTS", 2 * 9 * 2)
    found = run_trajectory(torch.nn.GRU(2, 3), torch.randn(5, 2, 2))
    forward = [steps.jacobians() for steps in found.linear_steps(dtype=torch.float64)]
    assert [len(block) for block in forward] == [2, 2, 1]
    assert forward[0].dtype == torch.float64
    backward = [steps.jacobians() for steps in found.linear_steps(dtype=torch.float64, backward=True)]
    for one, other in zip(forward, backward[::-1], strict=True):
        assert torch.equal(one, other)
