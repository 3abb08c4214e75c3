"""Initialisations do to the gates what their names say."""

import math

import numpy as np
import pytest
import torch
from torch import nn

import gradviz as gv
from gradviz import vocabulary as v
from gradviz.errors import CannotWatch, UnknownName


@pytest.mark.parametrize(("kind", "gate"), [(nn.LSTM, "forget"), (nn.GRU, "update")])
@pytest.mark.parametrize("value", [-2.0, 1.0, 3.0])
def test_the_gate_that_keeps_stands_at_sigma_of_the_value(kind, gate, value):
    module = kind(2, 6, 2, bidirectional=True)
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            if "weight" in name:
                parameter.zero_()
    gv.initialise(module, "forget_bias", value=value)
    with gv.record(module) as tape:
        module(torch.randn(5, 3, 2))[0].sum().backward()
    mean = tape.dataset[v.GATE_MEAN].sel(gate=gate)
    np.testing.assert_allclose(mean, 1 / (1 + math.exp(-value)), rtol=1e-5)


@pytest.mark.parametrize(("kind", "gate"), [(nn.LSTMCell, 1), (nn.GRUCell, 1)])
def test_cells_too(kind, gate):
    cell = gv.initialise(kind(2, 6), "forget_bias", value=2.5)
    both = (cell.bias_ih + cell.bias_hh).unflatten(0, (-1, 6))
    assert both[gate].tolist() == [2.5] * 6
    assert 2.5 not in both[0].tolist()


def test_a_gru_whose_update_gate_stands_near_1_keeps_its_state():
    module, h0 = nn.GRU(2, 6), torch.randn(1, 3, 6)
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            if "weight" in name:
                parameter.zero_()
    gv.initialise(module, "forget_bias", value=12.0)
    torch.testing.assert_close(module(torch.randn(20, 3, 2), h0)[1], h0, atol=1e-3, rtol=0)


def test_on_an_error_nothing_has_changed():
    model = nn.ModuleList([nn.LSTM(1, 2), nn.RNN(1, 2)])
    before = [parameter.clone() for parameter in model.parameters()]
    with pytest.raises(TypeError, match="RNN has no forget gate"):
        gv.initialise(model, "forget_bias", value=2.0)
    assert all(torch.equal(p, q) for p, q in zip(model.parameters(), before, strict=True))


def test_other_biases_stay():
    module = nn.LSTM(2, 3)
    before = module.bias_ih_l0.detach().clone()
    gv.initialise(module, "forget_bias", value=2.0)
    assert torch.equal(module.bias_ih_l0[:3], before[:3])
    assert torch.equal(module.bias_ih_l0[6:], before[6:])


def test_default_draws_again_within_pytorchs_bounds():
    module = nn.GRU(2, 16)
    with torch.no_grad():
        module.weight_hh_l0.fill_(9)
    gv.initialise(nn.Sequential(module), "default")
    assert module.weight_hh_l0.abs().max() <= 1 / 4
    assert module.weight_hh_l0.std() > 0.1


def test_what_cannot_be_initialised_is_said():
    with pytest.raises(TypeError, match="RNN has no forget gate"):
        gv.initialise(nn.RNN(1, 1), "forget_bias")
    with pytest.raises(TypeError, match="bias=False"):
        gv.initialise(nn.LSTM(1, 1, bias=False), "forget_bias")
    with pytest.raises(CannotWatch, match="Linear has no"):
        gv.initialise(nn.Linear(1, 1), "default")
    with pytest.raises(UnknownName, match="did you mean 'forget_bias'"):
        gv.initialise(nn.LSTM(1, 1), "forget-bias")
    with pytest.raises(UnknownName, match=r"'valeu'; did you mean 'value'\?"):
        gv.initialise(nn.LSTM(1, 1), "forget_bias", valeu=1)
    with pytest.raises(UnknownName, match="'default' takes no options; it got 'value'"):
        gv.initialise(nn.LSTM(1, 1), "default", value=1)
    with pytest.raises(ValueError, match="value = nan: must be a finite number"):
        gv.initialise(nn.LSTM(1, 1), "forget_bias", value=math.nan)
