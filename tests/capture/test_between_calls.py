"""Models that do unusual things to a state between two calls, compared with the slow twin or retain_grad."""

import numpy as np
import pytest
import torch
from capture.agreement import assert_agrees
from capture.sequence_twin import SequenceTwin
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence
from torch.utils.checkpoint import checkpoint

import gradviz as gv
from gradviz import vocabulary as v


def inputs(steps, batch=3, size=3):
    return torch.randn(steps, batch, size).double()


def check(model, run, name="rnn", **options):
    with gv.record(model, samples=None, detail="full") as tape:
        run(model).backward()
    dataset = tape[name] if name else tape.dataset
    assert "call" not in dataset.dims
    assert_agrees(dataset, SequenceTwin(model, name, run), **options)
    return dataset


def test_a_state_to_which_another_cells_state_is_added():
    """The sum hands its gradient on unchanged, but its value is another; to the other cell it is direct."""
    model = nn.ModuleDict({"below": nn.GRUCell(5, 5), "rnn": nn.GRUCell(5, 5)}).double()
    x = inputs(6, size=5)

    def run(model):
        below = state = torch.zeros(3, 5).double()
        for x_t in x:
            below = model["below"](x_t, below)
            state = below + model["rnn"](below, state)
        return state.pow(2).sum()

    for name in ("rnn", "below"):
        dataset = check(model, run, name)
        assert dataset.attrs["replay_error"] < 1e-12


@pytest.mark.parametrize("in_place", [False, True])
def test_a_constant_is_added_to_the_state(in_place):
    cell, x = nn.RNNCell(3, 4).double(), inputs(6)

    def run(cell):
        h = torch.zeros(3, 4).double()
        for x_t in x:
            h = cell(x_t, h).clone() if in_place else cell(x_t, h)
            h = h.add_(0.5) if in_place else h + 0.5
        return h.pow(2).sum()

    assert check(cell, run, "").attrs["replay_error"] < 1e-12


def test_one_state_for_two_cells():
    """The totals are exact; what one cell sends back to the common state is direct for the other."""
    model = nn.ModuleDict({"rnn": nn.GRUCell(3, 4), "other": nn.RNNCell(3, 4)}).double()
    x = inputs(6)

    def run(model):
        h = torch.zeros(3, 4).double()
        for x_t in x:
            h = 0.6 * model["rnn"](x_t, h) + 0.4 * model["other"](x_t, h)
        return h.pow(2).sum()

    with gv.record(model, samples=None) as tape:
        run(model).backward()
    for name in ("rnn", "other"):
        expected = np.log10(np.linalg.norm(SequenceTwin(model, name, run).table("h"), axis=-1))
        np.testing.assert_allclose(tape[name][v.LOG10_GRAD_H].values[0, 0, 0], expected, atol=2e-6)
        assert np.isfinite(tape[name][v.LOG10_GRAD_H_DIRECT]).all()


def test_adaptive_computation_whose_last_call_may_count_with_the_weight_zero():
    model = nn.ModuleDict({"rnn": nn.GRUCell(4, 5), "halt": nn.Linear(5, 1)}).double()
    x = inputs(3, 4)

    def run(model):
        h, loss = torch.zeros(4, 5).double(), 0.0
        for x_t in x:
            spent, running = torch.zeros(4, 1).double(), torch.ones(4, 1).double()
            mean = torch.zeros(4, 5).double()
            for k in range(4):
                new = model["rnn"](torch.cat([x_t, torch.full((4, 1), float(k == 0)).double()], 1), h)
                p = torch.sigmoid(model["halt"](new))
                still = (spent + p < 0.9).double() * running
                weight = torch.where(still.bool(), p, (1 - spent) * running)
                mean, spent, running = mean + weight * new, spent + weight, still
                h = torch.where(running.bool(), new, h)
            h = mean
            loss = loss + h.pow(2).sum() + 0.01 * spent.sum()
        return loss

    dataset = check(model, run)
    assert not np.isposinf(dataset[v.LOG10_GRAD_H_DIRECT]).any()


def test_a_highway_whose_state_goes_on_beside_the_cell():
    model = nn.ModuleDict({"rnn": nn.GRUCell(3, 5), "gate": nn.Linear(3, 5), "mix": nn.Linear(5, 5)}).double()
    x = inputs(6)

    def run(model):
        h, loss = torch.zeros(3, 5).double(), 0.0
        for x_t in x:
            gate = torch.sigmoid(model["gate"](x_t))
            h = gate * model["rnn"](x_t, h) + (1 - gate) * torch.tanh(model["mix"](h))
            loss = loss + h.pow(2).sum()
        return loss

    check(model, run, state=True)


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("touch", [lambda s: s, lambda s: F.layer_norm(s, s.shape[-1:])])
def test_packed_pieces_of_unequal_lengths_keep_every_column(layers, touch):
    model = nn.ModuleDict({"rnn": nn.GRU(3, 5, layers)}).double()
    lengths = ([2, 4, 1, 3], [4, 1, 3, 2], [1, 2, 2, 5])
    pieces = [pack_padded_sequence(inputs(max(n), 4), n, enforce_sorted=False) for n in lengths]

    def run(model):
        state, loss = None, 0.0
        for piece in pieces:
            out, state = model["rnn"](piece, state)
            loss, state = loss + out.data.cos().sum(), touch(state)
        return loss + state.pow(2).sum()

    with gv.record(model, samples=None) as tape:
        run(model).backward()
    twin = SequenceTwin(model, "rnn", run)
    for layer in range(layers):
        found, expected = tape["rnn"][v.LOG10_GRAD_H].values[0, layer, 0], twin.table("h", layer)
        for b in range(4):
            there = ~np.isnan(expected[:, b, 0])
            norms = np.log10(np.linalg.norm(expected[there, b], axis=-1))
            assert there.sum() == sum(n[b] for n in lengths)
            np.testing.assert_allclose(found[~np.isnan(found[:, b]), b], norms, atol=2e-6)


@pytest.mark.parametrize("layers", [1, 2])
def test_a_projected_lstm_in_pieces_is_recorded_as_in_one(layers):
    lstm, x = nn.LSTM(4, 6, layers, proj_size=3).double(), inputs(12, size=4)
    with gv.record(lstm, samples=None, detail="full") as tape:
        state, loss = None, 0.0
        for piece in x.split(4):
            out, state = lstm(piece, state)
            loss = loss + out.pow(2).sum()
        loss.backward()
    with gv.record(lstm, samples=None, detail="full") as other:
        lstm(x)[0].pow(2).sum().backward()
    for name in other.dataset.data_vars:
        np.testing.assert_allclose(
            tape.dataset[name], other.dataset[name], rtol=1e-5, atol=2e-6, err_msg=str(name)
        )


HANDED = {
    "half": lambda h, hook: hook(0.5 * h),
    "clone": lambda h, hook: hook(h.clone()),
    "norm": lambda h, hook: hook(F.layer_norm(h, h.shape[-1:])),
    "in the middle": lambda h, hook: 0.9 * hook(0.7 * h),
}


@pytest.mark.parametrize("way", HANDED)
@pytest.mark.parametrize("kind", [nn.GRUCell, nn.LSTMCell])
def test_a_hook_of_the_user_that_clips_the_gradient_between_two_calls(kind, way):
    cell, x, outputs = kind(3, 5).double(), inputs(6), []

    def hooked(tensor):
        tensor.register_hook(lambda gradient: gradient.clamp(-0.01, 0.01))
        return tensor

    with gv.record(cell, samples=None) as tape:
        state = torch.zeros(3, 5).double()
        state = (state, state) if kind is nn.LSTMCell else state
        for t, x_t in enumerate(x):
            state = cell(x_t, state)
            h = state[0] if kind is nn.LSTMCell else state
            h.retain_grad()
            outputs.append(h)
            h = HANDED[way](h, hooked if t == 3 else lambda tensor: tensor)
            state = (h, state[1]) if kind is nn.LSTMCell else h
        h.pow(2).sum().backward()
    expected = torch.stack([h.grad for h in outputs]).norm(dim=-1).log10()
    np.testing.assert_allclose(tape.dataset[v.LOG10_GRAD_H].values[0, 0, 0], expected, atol=2e-6)


def test_a_direct_gradient_that_cannot_be_told_is_missing_and_not_infinite():
    cell, x = nn.GRUCell(3, 5).double(), inputs(4)
    with gv.record(cell, samples=None, detail="full") as tape:
        h, loss = torch.zeros(3, 5).double(), 0.0
        for x_t in x:
            h = checkpoint(lambda a: F.layer_norm(a, (5,)), cell(x_t, h), use_reentrant=False)
            loss = loss + h.sin().sum()
        loss.backward()
    direct = tape.dataset[v.LOG10_GRAD_H_DIRECT].values[0, 0, 0]
    assert np.isnan(direct[:3]).all()
    assert np.isfinite(direct[3]).all()
    np.testing.assert_array_equal(tape.dataset[v.LOG10_GRAD_PATH].values[0, 0, 0, ..., 0], direct)


def test_all_recorded_sequences_end_before_the_others():
    cell, x = nn.GRUCell(3, 5).double(), inputs(4, 6)
    with gv.record(cell, samples=2) as tape:
        h = torch.zeros(6, 5).double()
        for t, x_t in enumerate(x):
            h = cell(x_t[: len(h)], h)
            h = h[1:5] if t == 1 else h  # the recorded ones are the first and the last
        h.pow(2).sum().backward()
    found = tape.dataset[v.LOG10_GRAD_H].values[0, 0, 0]
    assert tape.dataset["sample"].values.tolist() == [0, 5]
    assert np.isneginf(found[:2]).all()
    assert np.isnan(found[2:]).all()
