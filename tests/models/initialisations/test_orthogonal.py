"""Orthogonal recurrent weights in the block of every gate."""

import pytest
import torch
from torch import nn

import gradviz as gv
from gradviz import vocabulary as v

KINDS = [nn.RNN, nn.LSTM, nn.GRU, nn.RNNCell, nn.LSTMCell, nn.GRUCell]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("gain", [0.5, 1.0])
def test_every_block_stretches_every_direction_by_the_gain_and_the_rest_stays(kind, gain):
    module = kind(3, 7).double()
    before = {name: parameter.clone() for name, parameter in module.named_parameters()}
    gv.initialise(module, "orthogonal", gain=gain)
    for name, parameter in module.named_parameters():
        if "weight_hh" in name:
            blocks = parameter.detach().unflatten(0, (-1, 7))
            expected = (gain**2 * torch.eye(7, dtype=torch.float64)).expand_as(blocks)
            torch.testing.assert_close(blocks @ blocks.mT, expected)
        else:
            assert torch.equal(parameter, before[name])


def test_the_blocks_differ_and_with_a_projection_columns_are_orthogonal():
    module = gv.initialise(nn.LSTM(2, 6, 2, bidirectional=True, proj_size=3), "orthogonal")
    for name, parameter in module.named_parameters():
        if "weight_hh" in name:
            blocks = parameter.detach().unflatten(0, (4, 6))  # (gate, hidden, projection)
            torch.testing.assert_close(blocks.mT @ blocks, torch.eye(3).expand(4, 3, 3), atol=1e-5, rtol=0)
            assert (blocks[0] - blocks[1]).abs().max() > 0.01


@pytest.mark.parametrize("gain", [1.0, 0.9])
def test_a_tanh_network_at_rest_carries_the_gradient_back_by_the_gain_a_step(gain):
    module = gv.initialise(nn.RNN(1, 8, bias=False), "orthogonal", gain=gain)
    with gv.record(module) as tape:
        module(torch.zeros(30, 2, 1))[0][-1].sum().backward()
    grad = tape.dataset[v.LOG10_GRAD_H].isel(step=0, layer=0, direction=0).values
    expected = torch.arange(29, -1, -1) * torch.log10(torch.tensor(gain))
    assert (grad[:, 0] - grad[-1, 0]).tolist() == pytest.approx(expected.tolist(), abs=1e-4)


def test_the_generator_is_what_it_draws_from():
    cells, state = [nn.RNNCell(1, 4) for _ in range(3)], torch.get_rng_state()
    for cell, seed in zip(cells, (1, 1, 2), strict=True):
        gv.initialise(cell, "orthogonal", generator=torch.Generator().manual_seed(seed))
    first, second, other = (cell.weight_hh for cell in cells)
    assert torch.equal(first, second)
    assert not torch.equal(first, other)
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize("gain", [0, -1.0, float("inf")])
def test_a_bad_gain(gain):
    with pytest.raises(ValueError, match=r"gain = .*: must be a finite number above 0"):
        gv.initialise(nn.RNN(1, 1), "orthogonal", gain=gain)
