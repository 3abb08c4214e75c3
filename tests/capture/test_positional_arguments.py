"""A recurrent function of PyTorch is recorded however its arguments are passed."""

import numpy as np
import pytest
import torch
from torch import nn

import gradviz as gv
from gradviz import vocabulary as v


class Named(nn.Module):
    """A GRU cell whose function is called by the module itself, with ``call(x, h, weights)``."""

    def __init__(self, call):
        super().__init__()
        self.cell, self.call = nn.GRUCell(3, 4), call

    def forward(self, x):
        h = x.new_zeros(2, 4)
        for x_t in x:
            h = self.call(x_t, h, self.cell)
        return h


CALLS = {
    "positional": lambda x, h, c: torch.gru_cell(x, h, c.weight_ih, c.weight_hh, c.bias_ih, c.bias_hh),
    "biases by name": lambda x, h, c: torch.gru_cell(
        x, h, c.weight_ih, c.weight_hh, b_ih=c.bias_ih, b_hh=c.bias_hh
    ),
    "all by name": lambda x, h, c: torch.gru_cell(
        b_hh=c.bias_hh, b_ih=c.bias_ih, w_hh=c.weight_hh, w_ih=c.weight_ih, hx=h, input=x
    ),
    "no biases": lambda x, h, c: torch.gru_cell(x, h, c.weight_ih, c.weight_hh),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_step(name):
    model, x = Named(CALLS[name]), torch.randn(5, 2, 3)
    expected = model(x)
    expected.sum().backward()
    gradients = [None if p.grad is None else p.grad.clone() for p in model.parameters()]
    model.zero_grad()
    with gv.record(model) as tape:
        found = model(x)
        found.sum().backward()
    assert torch.equal(found, expected)
    for parameter, gradient in zip(model.parameters(), gradients, strict=True):
        assert gradient is parameter.grad is None or torch.equal(parameter.grad, gradient)
    assert tape["cell"][v.LOG10_GRAD_H].sizes[v.TIME] == 5
    assert tape["cell"].attrs[v.REPLAY_ERROR] < 1e-6


class NamedLayer(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(3, 4)

    def forward(self, x):
        zeros = x.new_zeros(1, x.shape[1], 4)
        options = {"has_biases": True, "num_layers": 1, "dropout": 0.0, "train": True, "bidirectional": False}
        weights = self.lstm._flat_weights
        return torch.lstm(x, (zeros, zeros), weights, batch_first=False, **options)[0]


def test_a_layer_by_name_is_recorded_as_one_by_position():
    model, x = NamedLayer(), torch.randn(6, 2, 3)
    found = []
    for run in (model, lambda x: model.lstm(x)[0]):
        with gv.record(model) as tape:
            run(x)[-1].sum().backward()
        found.append(tape["lstm"][v.LOG10_GRAD_H].values)
    np.testing.assert_array_equal(*found)


def test_a_wrong_argument_is_reported_by_pytorch():
    model = Named(lambda x, h, c: torch.gru_cell(x, h, c.weight_ih, c.weight_hh, bias=c.bias_ih))
    with pytest.raises(TypeError, match="gru_cell"), gv.record(model):
        model(torch.randn(5, 2, 3))


class Selecting(nn.Module):
    def __init__(self, select):
        super().__init__()
        self.lstm, self.select = nn.LSTM(3, 4, 2), select

    def forward(self, x):
        packed = nn.utils.rnn.pack_padded_sequence(x, torch.tensor([5, 4, 2]))
        return self.select(self.lstm(packed)[1][0])


@pytest.mark.parametrize(
    "select",
    [
        lambda h: h.index_select(0, torch.tensor([1])),
        lambda h: h.index_select(1, torch.tensor([2, 1, 0])),
        lambda h: h.index_select(dim=1, index=torch.tensor([2])),
    ],
    ids=["a layer", "another order", "one sequence, by name"],
)
def test_a_model_may_select_of_the_final_states_itself(select):
    torch.manual_seed(0)
    model, x = Selecting(select), torch.randn(5, 3, 3)
    with gv.record(model) as tape:
        model(x).sum().backward()
    norms = tape["lstm"][v.LOG10_GRAD_H].isel(step=0, layer=0, direction=0)
    assert norms.notnull().sum("time").values.tolist() == [5, 4, 2]
