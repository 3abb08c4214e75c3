"""Probing records the same as a pass by hand, and leaves the model unchanged to the bit."""

import copy

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence

import gradviz as gv
from gradviz.errors import CannotWatch
from gradviz.experiment.probe.random_input import UnknownInput, random_input


class Model(nn.Module):
    """A layer, a normalisation with buffers, dropout, a head; ``read`` makes the output."""

    def __init__(self, layer, read=lambda output: output):
        super().__init__()
        self.layer, self.read = layer, read
        self.norm, self.dropout = nn.BatchNorm1d(layer.hidden_size), nn.Dropout(0.3)
        self.head = nn.Linear(layer.hidden_size, 2)
        self.head.weight.grad = torch.full_like(self.head.weight, 3.0)

    def forward(self, x, scale=1.0):
        output, _ = self.layer(x)
        if isinstance(output, PackedSequence):
            return output
        features = self.dropout(self.norm(scale * output.transpose(1, 2)).transpose(1, 2))
        return self.read(self.head(features))


def gru(**options):
    return nn.GRU(3, 4, batch_first=True, **options)


def left(model):
    """Everything that a probe could change."""
    return {
        "weights": copy.deepcopy(model.state_dict()),
        "gradients": {
            name: None if p.grad is None else p.grad.clone() for name, p in model.named_parameters()
        },
        "modes": [(name, module.training) for name, module in model.named_modules()],
        "hooks": [(len(m._forward_hooks), len(m._forward_pre_hooks)) for m in model.modules()],
        "random": torch.get_rng_state(),
        "grad_enabled": torch.is_grad_enabled(),
    }


def assert_same(found, before):
    assert found.keys() == before.keys()
    for name, value in before.items():
        if isinstance(value, dict):
            assert_same(found[name], value)
        elif isinstance(value, torch.Tensor):
            assert torch.equal(found[name], value), name
        else:
            assert found[name] == value, name


def breaking(*_):
    raise ArithmeticError("broken on purpose")


class Unbackable(torch.autograd.Function):
    """A step whose backward pass fails."""

    @staticmethod
    def forward(ctx, x):
        return x.clone()

    @staticmethod
    def backward(ctx, gradient):
        breaking()


@pytest.mark.parametrize("training", [True, False])
def test_the_model_is_left_as_it_was(training):
    model = Model(gru()).train(training)
    gradient, before = model.head.weight.grad, left(model)
    gv.probe(model)
    assert_same(left(model), before)
    assert model.head.weight.grad is gradient
    assert model.layer.weight_hh_l0.grad is None


@pytest.mark.parametrize(
    "options",
    [{"read": breaking}, {"loss": breaking}, {"read": Unbackable.apply}],
    ids=["in forward", "in the loss", "in backward"],
)
def test_after_a_failure_too(options):
    model = Model(gru(), options.get("read", lambda output: output))
    before = left(model)
    with pytest.raises(ArithmeticError, match="on purpose"):
        gv.probe(model, loss=options.get("loss"))
    assert_same(left(model), before)


def test_a_buffer_that_the_model_replaces_is_put_back():
    class Stateful(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = gru()
            self.register_buffer("state", torch.zeros(1, 16, 4))
            self.register_buffer("unset", None)

        def forward(self, x):
            output, self.state = self.layer(x)
            self.unset = torch.ones(2)
            return output

    model = Stateful()
    state = model.state
    gv.probe(model)
    assert model.state is state
    assert not state.any()
    assert model.unset is None


@pytest.mark.parametrize("switched_off", [torch.no_grad, torch.inference_mode])
def test_where_gradients_are_off(switched_off):
    model = Model(gru())
    with switched_off():
        tree = gv.probe(model)
        assert not torch.is_grad_enabled()
    assert np.isfinite(tree["layer"]["log10_grad_h"]).all()


def test_it_records_the_pass_that_it_says():
    model, x = Model(gru()).eval(), torch.randn(5, 7, 3)
    found = gv.probe(model, inputs=x, loss=lambda output: output.pow(2).mean())
    with gv.record(model, detail="full") as tape:
        model(x).pow(2).mean().backward()
    for name in ("log10_grad_h", "state_h", "gate_mean", "grad_gates"):
        np.testing.assert_array_equal(found["layer"][name], tape["layer"][name])
    assert found.attrs["probe_input"] == "inputs as given"
    assert found.attrs["probe_loss"] == "loss as given"
    assert (found.attrs["probe_kind"], found.attrs["probe_loss_kind"]) == ("given", "given")
    assert "model_is_layer" not in found.attrs


def test_by_default_random_input_and_the_last_step():
    tree = gv.probe(Model(gru()))
    direct = tree["layer"]["log10_grad_h_direct"].squeeze()
    assert dict(direct.sizes) == {"time": 100, "sample": 16}
    assert tree.attrs["probe_input"] == (
        "random normal input of shape (16, 100, 3), "
        "shape inferred from its first recurrent, embedding or linear layer, GRU 'layer'"
    )
    assert (
        tree.attrs["probe_loss"]
        == "a random projection of the output, at its last time step if it has a time axis"
    )
    assert (tree.attrs["probe_kind"], tree.attrs["probe_loss_kind"]) == ("random", "last_step")


@pytest.mark.parametrize(
    ("options", "steps"),
    [({"lag": 99}, 100), ({"lag": 100}, 101), ({"lag": 5, "length": 20}, 20), ({"length": 7}, 7)],
)
def test_the_random_input_is_as_long_as_the_lag_needs(options, steps):
    assert gv.probe(gru(), **options)["gru"].sizes["time"] == steps


def test_random_input_of_a_given_shape_is_random_too():
    tree = gv.probe(gru(), inputs=random_input(gru(), shape=(2, 9, 3)), lag=50)
    assert tree["gru"].sizes["time"] == 9
    assert tree.attrs["probe_kind"] == "random"


@pytest.mark.parametrize("seeds", [(0, 0, True), (0, 1, False)])
def test_the_seed_decides(seeds):
    first, second, same = seeds
    model = Model(gru())
    found = [gv.probe(model, seed=seed)["layer"]["log10_grad_h"].values for seed in (first, second)]
    assert np.array_equal(*found) == same


@pytest.mark.parametrize("inputs", [(2.0,), {"scale": 2.0}], ids=["tuple", "dict"])
def test_arguments(inputs):
    model, x = Model(gru()).eval(), torch.randn(5, 7, 3)
    given = {"x": x, **inputs} if isinstance(inputs, dict) else [x, *inputs]
    seen = []
    gv.probe(model, inputs=given, loss=lambda output: seen.append(output) or output.sum())
    assert torch.equal(seen[0], model(x, 2.0))


def seen_at(tree):
    """Time steps with a direct gradient, (sample,) lists."""
    (name,) = tree.children
    direct = tree[name]["log10_grad_h_direct"].isel(step=0, layer=-1, direction=0).transpose("sample", "time")
    return [np.flatnonzero(row > -np.inf).tolist() for row in direct.values]


def test_packed_sequences_are_read_at_their_own_ends():
    model = Model(gru())
    packed = pack_padded_sequence(torch.randn(3, 9, 3), [9, 4, 6], batch_first=True, enforce_sorted=False)
    assert seen_at(gv.probe(model, inputs=packed)) == [[8], [3], [5]]


TIME_FIRST = nn.LSTM(3, 4)
X = torch.randn(5, 9, 3)  # (batch, time, features)


@pytest.mark.parametrize(
    ("model", "inputs"),
    [
        (gru(), X),
        (TIME_FIRST, X.transpose(0, 1)),
        (Model(gru(), lambda y: y.transpose(1, 2)), X),
        (Model(gru(), lambda y: y.transpose(0, 1)), X),
        (Model(gru(), lambda y: y[:, -1]), X),
        (Model(gru(), lambda y: y[:, -1].sum()), X),
        (Model(gru(), lambda y: {"mask": torch.ones(2, dtype=torch.bool), "y": [y]}), X),
        (Model(gru(), lambda y: (None, y)), X),
    ],
)
def test_only_the_last_step_is_seen(model, inputs):
    assert seen_at(gv.probe(model.eval(), inputs=inputs)) == [[8]] * 5  # no normalisation over time


def test_a_single_sequence_without_a_batch():
    assert seen_at(gv.probe(gru(), inputs=torch.randn(9, 3))) == [[8]]


class TurnsRound(nn.Module):
    """Takes (batch, time, features) and has a layer with time first."""

    def __init__(self):
        super().__init__()
        self.layer = nn.LSTM(3, 4)

    def forward(self, x):
        return self.layer(x.transpose(0, 1))[0].transpose(0, 1)


def test_random_input_for_a_model_that_turns_its_axes_round():
    tree = gv.probe(TurnsRound())
    assert seen_at(tree) == [[99]] * 16
    assert "of shape (16, 100, 3)" in tree.attrs["probe_input"]
    assert seen_at(gv.probe(TurnsRound(), inputs=random_input(TurnsRound(), shape=(4, 9, 3)))) == [[8]] * 4


class Cells(nn.Module):
    """A loop over a cell."""

    def __init__(self, cell):
        super().__init__()
        self.cell = cell

    def forward(self, x):
        state, out = None, []
        for x_t in x.unbind(1):
            state = self.cell(x_t, state)
            out.append(state[0] if isinstance(state, tuple) else state)
        return torch.stack(out, 1)


@pytest.mark.parametrize("cell", [nn.RNNCell(3, 4), nn.LSTMCell(3, 4), nn.GRUCell(3, 4)])
def test_cells(cell):
    assert seen_at(gv.probe(Cells(cell))) == [[99]] * 16


@pytest.mark.parametrize("first", [nn.Embedding(11, 3), nn.Sequential(nn.Linear(6, 3), nn.Tanh())])
def test_an_embedding_or_a_linear_layer_first(first):
    class Fed(Model):
        def __init__(self):
            nn.Module.__init__(self)
            self.first, self.layer = first, gru()

        def forward(self, x):
            return self.layer(self.first(x))[0]

    assert seen_at(gv.probe(Fed())) == [[99]] * 16


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_other_precisions(dtype):
    tree = gv.probe(gru().to(dtype))
    assert np.isfinite(tree["gru"]["log10_grad_h"]).all()
    assert tree["gru"].attrs["dtype"] == str(dtype).removeprefix("torch.")


def test_frozen_weights_pass_gradients_to_random_input():
    layer = gru().requires_grad_(False)
    assert np.isfinite(gv.probe(layer)["gru"]["log10_grad_h"]).all()
    assert all(weight.grad is None for weight in layer.parameters())


def test_the_model_is_the_layer_and_says_so():
    assert gv.probe(gru()).attrs["model_is_layer"] == 1


class Idle(Model):
    """Does not call its layer."""

    def forward(self, x):
        return self.head.bias


class CutOff(Model):
    """Its head gets a detached output."""

    def forward(self, x):
        return self.head(self.layer(x)[0].detach())


@pytest.mark.parametrize(
    ("model", "inputs", "why"),
    [
        (Model(gru(), torch.detach), None, "the loss does not require a gradient: the output is detached"),
        (gru().requires_grad_(False), (X,), "or every weight is frozen"),
        (CutOff(gru()), None, "the loss does not depend on the output of layer"),
        (Idle(gru()), None, "the model did not call layer"),
    ],
)
def test_where_nothing_arrives_the_recording_says_why(model, inputs, why):
    tree = gv.probe(model, inputs=inputs)
    assert not tree.children
    assert why in tree.attrs["nothing_recorded"]


@pytest.mark.parametrize(
    ("make", "options", "error", "message"),
    [
        (lambda: nn.Linear(3, 2), {}, CannotWatch, "Linear has no recurrent module to probe"),
        (lambda: "model", {}, CannotWatch, "takes a torch.nn.Module, not str"),
        (lambda: nn.LSTMCell(3, 4), {}, UnknownInput, r"LSTMCell does not take .* \(16, 100, 3\), .*inputs="),
        (
            lambda: nn.Sequential(nn.LazyLinear(3), gru()),
            {"inputs": X},
            UnknownInput,
            "shape of LazyLinear '0' is not known before the model has run once",
        ),
        (gru, {"inputs": X, "loss": torch.ones(2)}, TypeError, "loss must be a function .* not Tensor"),
        (gru, {"lag": 0}, ValueError, "lag = 0: must be a whole number of at least 1"),
        (gru, {"loss": lambda output: 1.0}, TypeError, "a tensor with one element, not float"),
        (gru, {"loss": lambda output: output[0]}, TypeError, r"not a tensor of shape \(16, 100, 4\)"),
        (
            lambda: Model(gru(), lambda y: y > 0),
            {},
            ValueError,
            "returned Tensor, which contains no floating-point",
        ),
        (gru, {"inputs": torch.ones(5, 7, 8)}, RuntimeError, "8"),  # PyTorch's own, of the user's input
    ],
)
def test_errors(make, options, error, message):
    with pytest.raises(error, match=message):
        gv.probe(make(), **options)
