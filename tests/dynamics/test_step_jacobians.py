"""Closed-form step Jacobians equal those of autograd, and values computed by hand."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from step_twin import CONFIGURATIONS, autograd_jacobians
from torch import nn
from torch.nn.utils.rnn import pack_sequence

from gradviz.dynamics.step_jacobians import step_jacobians
from gradviz.errors import CannotWatch, UnknownName


@pytest.mark.parametrize("direction", ["forward", "reverse"])
@pytest.mark.parametrize("layer", [0, 1])
@pytest.mark.parametrize("cell", CONFIGURATIONS)
def test_they_are_autograds_in_every_layer_and_direction(cell, layer, direction):
    make, options = CONFIGURATIONS[cell]
    module = make(3, 4, 2, bidirectional=True, dropout=0.5, **options).double()
    x = torch.randn(5, 2, 3).double()
    h0 = torch.randn(4, 2, options.get("proj_size", 4)).double()
    states = {"h0": h0, "c0": torch.randn(4, 2, 4).double()} if make is nn.LSTM else {"h0": h0}
    found = step_jacobians(module, x, layer=layer, direction=direction, **states)
    expected = autograd_jacobians(module.eval(), x, layer=layer, direction=direction, **states)
    np.testing.assert_allclose(found.values, expected.numpy(), rtol=0, atol=1e-12)
    assert np.abs(found.values).max() > 0.1


@settings(max_examples=15, deadline=None)
@given(
    cell=st.sampled_from([nn.RNN, nn.LSTM, nn.GRU]),
    sizes=st.tuples(*[st.integers(1, 4)] * 4),
    bias=st.booleans(),
    seed=st.integers(0, 99),
)
def test_they_are_autograds_in_any_shape(cell, sizes, bias, seed):
    torch.manual_seed(seed)
    steps, samples, features, hidden = sizes
    module = cell(features, hidden, bias=bias).double()
    x = 3 * torch.randn(steps, samples, features).double()
    found = step_jacobians(module, x)
    assert found.dims == ("time", "sample", "state", "state_from")
    np.testing.assert_allclose(found.values, autograd_jacobians(module, x).numpy(), rtol=0, atol=1e-12)


def test_they_are_differences_of_the_native_step():
    module, x = nn.GRU(2, 3).double(), torch.randn(1, 1, 2).double()
    h0, step = torch.randn(1, 1, 3).double(), 1e-6
    columns = []
    for k in range(3):
        moved = [h0.clone(), h0.clone()]
        moved[0][..., k] += step
        moved[1][..., k] -= step
        up, down = (module(x, h)[0][0, 0].detach() for h in moved)
        columns.append((up - down) / (2 * step))
    found = step_jacobians(module, x, h0=h0).values[0, 0]
    np.testing.assert_allclose(found, torch.stack(columns, 1).numpy(), atol=1e-8)


def test_the_layout_is_the_modules_and_one_sequence_needs_no_batch():
    time_first, batch_first = nn.LSTM(2, 3), nn.LSTM(2, 3, batch_first=True)
    batch_first.load_state_dict(time_first.state_dict())
    x = torch.randn(5, 4, 2)
    expected = step_jacobians(time_first, x)
    np.testing.assert_array_equal(step_jacobians(batch_first, x.transpose(0, 1)), expected)
    for module in (time_first, batch_first):
        alone = step_jacobians(module, x[:, 1], h0=torch.zeros(1, 3))
        np.testing.assert_allclose(alone.values, expected.values[:, 1:2], atol=1e-6)


def test_labels_tell_h_from_c():
    found = step_jacobians(nn.LSTM(2, 3, proj_size=1).double(), torch.randn(2, 1, 2).double())
    assert found.name == "step_jacobian"
    assert found["part"].values.tolist() == found["part_from"].values.tolist() == ["h", "c", "c", "c"]
    assert found.attrs["units"] == "1"
    assert found.dtype == np.float64
    assert step_jacobians(nn.LSTM(2, 3), torch.randn(2, 1, 2)).dtype == np.float32
    assert step_jacobians(nn.GRU(2, 3).bfloat16(), torch.randn(2, 1, 2).bfloat16()).dtype == np.float32


def test_blocks_of_time_join_without_a_seam(monkeypatch):
    module, x = nn.LSTM(2, 3), torch.randn(7, 2, 2)
    whole = step_jacobians(module, x)
    monkeypatch.setattr("gradviz.dynamics.trajectory._MAX_ELEMENTS", 2 * 6 * 6 * 3)
    np.testing.assert_allclose(step_jacobians(module, x), whole, atol=1e-7)


@pytest.mark.parametrize(("w", "rate"), [(0.5, 0.5), (1.5, 0.39431), (2.0, 0.16637), (4.0, 0.00539)])
def test_a_scalar_tanh_settles_where_larger_weights_vanish_faster(w, rate):
    module = nn.RNN(1, 1, bias=False).double()
    nn.init.constant_(module.weight_hh_l0, w)
    found = step_jacobians(module, torch.zeros(200, 1).double(), h0=torch.full((1, 1), 0.5).double())
    assert found[-1].item() == pytest.approx(rate, abs=5e-6)


def test_a_gru_that_keeps_has_the_identity():
    module = nn.GRU(2, 3).double()
    with torch.no_grad():
        module.bias_ih_l0[3:6] = 60.0
    found = step_jacobians(module, torch.randn(4, 1, 2).double(), h0=torch.randn(1, 1, 3).double())
    np.testing.assert_allclose(found[:, 0], np.broadcast_to(np.eye(3), (4, 3, 3)), atol=1e-15)


def test_without_recurrent_weights_a_gru_has_its_update_gate():
    module = nn.GRU(1, 2).double()
    with torch.no_grad():
        module.weight_hh_l0.zero_()
        module.bias_ih_l0[2:4] = torch.tensor([math.log(3), 0.0])
        module.bias_hh_l0.zero_()
    found = step_jacobians(module, torch.zeros(3, 1).double())
    np.testing.assert_allclose(found[:, 0], np.broadcast_to(np.diag([0.75, 0.5]), (3, 2, 2)), atol=1e-15)


def test_without_recurrent_weights_an_lstm_has_its_forget_gate_and_what_c_shows_in_h():
    """All biases are 0, except f = σ(ln 3) = 3/4: c = 3/4, dh/dc⁻ = o (1 - tanh² c) f."""
    module = nn.LSTM(1, 1, bias=True).double()
    with torch.no_grad():
        for weight in module.parameters():
            weight.zero_()
        module.bias_ih_l0[1] = math.log(3)
    found = step_jacobians(module, torch.zeros(1, 1).double(), c0=torch.ones(1, 1).double())
    shown = 0.5 * (1 - math.tanh(0.75) ** 2) * 0.75
    np.testing.assert_allclose(found[0, 0], [[0.0, shown], [0.0, 0.75]], atol=1e-15)


def test_a_relu_with_identity_keeps_a_unit_or_cuts_it():
    module = nn.RNN(2, 2, nonlinearity="relu", bias=False)
    nn.init.eye_(module.weight_hh_l0)
    nn.init.eye_(module.weight_ih_l0)
    found = step_jacobians(module, torch.tensor([[1.0, -1.0]]))
    assert found[0, 0].values.tolist() == [[1.0, 0.0], [0.0, 0.0]]


def test_nothing_of_the_module_changes():
    module = nn.LSTM(2, 3, 2, dropout=0.5).train()
    rng = torch.get_rng_state()
    step_jacobians(module, torch.randn(3, 1, 2, generator=torch.Generator()), layer=1)
    assert torch.equal(torch.get_rng_state(), rng)
    assert module.training
    assert all(p.grad is None and p.requires_grad for p in module.parameters())


X = torch.zeros(3, 2, 2)


@pytest.mark.parametrize(
    ("x", "options", "error", "message"),
    [
        (
            pack_sequence([torch.zeros(2, 2)]),
            {},
            CannotWatch,
            "sequences of a PackedSequence have different last steps",
        ),
        (None, {}, TypeError, "x is NoneType: must be a Tensor"),
        (X[..., :1], {}, ValueError, r"x has shape \(3, 2, 1\): must be \(time, batch, input\).*input = 2"),
        (X[:0], {}, ValueError, "at least one time step"),
        (
            X.double(),
            {},
            ValueError,
            r"x is torch.float64 and the module is torch.float32; .*x.to\(torch.float32\)",
        ),
        (X, {"layer": 1}, ValueError, "layer = 1: must be a whole number from 0 to 0"),
        (X, {"direction": "revers"}, UnknownName, "did you mean 'reverse'"),
        (X, {"direction": "reverse"}, ValueError, "not bidirectional"),
        (X, {"h0": torch.zeros(2, 3)}, ValueError, r"h0 has shape \(2, 3\): must be \(1, 2, 3\)"),
        (X, {"c0": torch.zeros(1, 2, 3)}, ValueError, "nn.GRU has no cell state"),
        (X / 0, {}, ValueError, "not finite at step 1 of 3"),
    ],
)
def test_what_does_not_fit_is_named(x, options, error, message):
    with pytest.raises(error, match=message):
        step_jacobians(nn.GRU(2, 3), x, **options)


def test_the_message_names_the_recurrent_module_to_pass():
    model = nn.ModuleDict({"encoder": nn.LSTM(2, 3), "head": nn.Linear(3, 1)})
    with pytest.raises(CannotWatch, match=r"ModuleDict is not an nn.RNN.* pass model.encoder"):
        step_jacobians(model, X)
    with pytest.raises(CannotWatch, match=r"Linear is not .* contains none"):
        step_jacobians(model["head"], X)
