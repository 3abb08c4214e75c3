"""Recurrent modules are found by name, and initial states get a batch dimension."""

import pytest
import torch
from torch import nn

from gradviz.capture.recurrent_modules import recurrent_layers
from gradviz.dynamics.module_checks import initial_state, select_recurrent
from gradviz.errors import CannotWatch, UnknownName


def test_recurrent_modules_of_a_model():
    model = nn.ModuleDict({"a": nn.ModuleDict({"b": nn.LSTM(1, 2)}), "c": nn.GRU(1, 2), "d": nn.Linear(1, 1)})
    assert list(recurrent_layers(model)) == ["a.b", "c"]
    assert select_recurrent(model, "a.b") is model["a"]["b"]
    assert select_recurrent(model["a"]) is model["a"]["b"]
    assert select_recurrent(model["c"]) is model["c"]
    with pytest.raises(CannotWatch, match=r"several recurrent modules; choose one: a\.b, c"):
        select_recurrent(model)
    with pytest.raises(UnknownName, match="unknown recurrent module 'cc'"):
        select_recurrent(model, "cc")
    with pytest.raises(
        CannotWatch, match=r"Linear is not an nn\.RNN, nn\.LSTM or nn\.GRU, and contains none"
    ):
        select_recurrent(model["d"])


def test_initial_states():
    module = nn.LSTM(1, 4, 2, proj_size=3, bidirectional=True, batch_first=True)
    x = torch.zeros(5, 7, 1)
    assert initial_state(module, "h0", None, x).shape == (4, 5, 3)
    assert initial_state(module, "c0", None, x).shape == (4, 5, 4)
    alone = torch.arange(12.0).view(4, 3)
    assert torch.equal(initial_state(module, "h0", alone, x[0]), alone.unsqueeze(1))
    with pytest.raises(ValueError, match=r"c0 has shape \(4, 3\): must be \(4, 4\)"):
        initial_state(module, "c0", alone, x[0])
