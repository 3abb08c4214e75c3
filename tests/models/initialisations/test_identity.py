"""IRNN: the state is passed on unchanged."""

import math

import pytest
import torch
from torch import nn

import gradviz as gv
from gradviz import vocabulary as v


@pytest.mark.parametrize("scale", [1.0, 0.5])
def test_without_input_a_relu_network_keeps_its_state_times_the_scale(scale):
    module = gv.initialise(nn.RNN(2, 5, nonlinearity="relu"), "identity", scale=scale)
    state = torch.rand(1, 3, 5)
    final = module(torch.zeros(10, 3, 2), state)[1]
    torch.testing.assert_close(final, scale**10 * state)


def test_its_gradient_is_kept_exactly_or_gone():
    module = gv.initialise(nn.RNN(2, 5, nonlinearity="relu"), "identity")
    state = torch.tensor([[[1.0, -1.0, 2.0, -3.0, 0.5]]])  # two units are dead from the first step
    with gv.record(module, detail="full") as tape:
        module(torch.zeros(40, 1, 2), state)[0][-1].sum().backward()
    grad = tape.dataset[v.GRAD_GATES].isel(step=0, layer=0, direction=0, sample=0, gate=0).values
    assert grad.tolist() == [[1, 0, 1, 0, 1]] * 40


def test_weights_and_biases_of_every_layer():
    module = nn.RNN(2, 3, 2, bidirectional=True)
    before = module.weight_ih_l1.detach().clone()
    gv.initialise(module, "identity", scale=0.01)
    for name, parameter in module.named_parameters():
        if "weight_hh" in name:
            assert torch.equal(parameter, 0.01 * torch.eye(3))
        elif "bias" in name:
            assert not parameter.any()
    assert torch.equal(module.weight_ih_l1, before)


def test_input_weights_of_a_given_deviation():
    module, state = nn.RNN(400, 100, nonlinearity="relu"), torch.get_rng_state()
    gv.initialise(module, "identity", input_std=0.001, generator=torch.Generator().manual_seed(1))
    weight = module.weight_ih_l0.detach().double()
    count = weight.numel()
    assert abs(weight.mean().item()) < 5 * 0.001 / math.sqrt(count)
    assert abs(weight.std().item() - 0.001) < 5 * 0.001 / math.sqrt(2 * count)
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU, nn.LSTMCell, nn.GRUCell])
def test_what_has_gates_is_refused_and_nothing_has_changed(kind):
    model = nn.ModuleList([nn.RNN(1, 2), kind(1, 2)])
    before = [parameter.clone() for parameter in model.parameters()]
    with pytest.raises(
        TypeError,
        match=f"plain RNN; in {kind.__name__} a gate keeps the state: use forget_bias, chrono or",
    ):
        gv.initialise(model, "identity")
    assert all(torch.equal(p, q) for p, q in zip(model.parameters(), before, strict=True))


def test_bad_options():
    with pytest.raises(ValueError, match="scale = nan: must be a finite number"):
        gv.initialise(nn.RNN(1, 1), "identity", scale=math.nan)
    with pytest.raises(ValueError, match="input_std = 0: must be a finite number above 0"):
        gv.initialise(nn.RNN(1, 1), "identity", input_std=0)
