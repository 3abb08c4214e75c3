"""Initialisations by name."""

import copy

import pytest
import torch
from torch import nn

import gradviz as gv
from gradviz.errors import CannotWatch, UnknownName
from gradviz.models.initialise import INITIALISATIONS

OPTIONS = {"chrono": {"t_max": 20}}


@pytest.mark.parametrize("name", sorted(INITIALISATIONS))
def test_each_changes_every_recurrent_module_of_a_model_and_nothing_else(name):
    kind = nn.RNN if name == "identity" else nn.GRU
    model = nn.ModuleDict({"encoder": kind(2, 3), "head": nn.Linear(3, 2), "decoder": kind(3, 3, 2)})
    before = {key: parameter.clone() for key, parameter in model.named_parameters()}
    assert gv.initialise(model, name, **OPTIONS.get(name, {})) is model
    changed = {key for key, parameter in model.named_parameters() if not torch.equal(parameter, before[key])}
    assert {key.split(".")[0] for key in changed} == {"encoder", "decoder"}
    assert {key[-2:] for key in changed} == {"l0", "l1"}
    assert all(parameter.requires_grad for parameter in model.parameters())
    assert INITIALISATIONS[name].__doc__


def test_modules_that_cannot_be_initialised():
    with pytest.raises(CannotWatch, match="Linear has no"):
        gv.initialise(nn.Linear(1, 1), "default")
    with pytest.raises(UnknownName, match="did you mean 'forget_bias'"):
        gv.initialise(nn.LSTM(1, 1), "forget-bias")
    with pytest.raises(UnknownName, match=r"'valeu'; did you mean 'value'\?"):
        gv.initialise(nn.LSTM(1, 1), "forget_bias", valeu=1)
    with pytest.raises(UnknownName, match="'default' takes no options; it got 'value'"):
        gv.initialise(nn.LSTM(1, 1), "default", value=1)


@pytest.mark.parametrize("name", ["orthogonal", "default"])
@pytest.mark.parametrize("cell", [nn.GRU(2, 3, 2, bidirectional=True), nn.GRUCell(2, 3), nn.LSTM(2, 3)])
def test_weights_computed_from_others_are_refused(name, cell):
    cell = copy.deepcopy(cell)
    weight = [key for key, _ in cell.named_parameters() if key.startswith("weight_hh")][-1]
    nn.utils.parametrizations.weight_norm(cell, weight)
    before = copy.deepcopy(cell.state_dict())
    with pytest.raises(TypeError, match=f"{weight} of this .* is computed from other parameters"):
        gv.initialise(cell, name)
    assert all(torch.equal(value, before[key]) for key, value in cell.state_dict().items())


def test_biases_beside_computed_weights_are_set():
    lstm = nn.LSTM(2, 3)
    nn.utils.parametrizations.weight_norm(lstm, "weight_hh_l0")
    gv.initialise(lstm, "forget_bias", value=2.0)
    assert (lstm.bias_ih_l0 + lstm.bias_hh_l0)[3:6].tolist() == [2.0, 2.0, 2.0]
