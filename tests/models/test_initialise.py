"""Initialisations by name."""

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
