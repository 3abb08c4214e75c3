"""Cells in a Python loop."""

import gc
import weakref
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn
from torch.overrides import handle_torch_function, has_torch_function

import gradviz as gv
from gradviz import vocabulary as v
from gradviz.cells.cell_table import CELL_SPECS

CELLS = {"rnn": (nn.RNNCell, nn.RNN), "lstm": (nn.LSTMCell, nn.LSTM), "gru": (nn.GRUCell, nn.GRU)}


class Looped(nn.Module):
    """The cell over a sequence, its states after every step; ``between`` is done to them on the way."""

    def __init__(self, cell, between=lambda state, t: state):
        super().__init__()
        self.cell = cell
        self.between = between

    def forward(self, x):
        h = x.new_zeros(x.shape[1], self.cell.hidden_size)
        state = (h, h.clone()) if isinstance(self.cell, nn.LSTMCell) else h
        states = []
        for t, x_t in enumerate(x):
            state = self.cell(x_t, state)
            states.append(state)
            state = self.between(state, t)
        return states


def pair(kind, **options):
    """A looped cell and the fused module with the same weights, in float64."""
    cell, fused = (k(3, 5, **options).double() for k in CELLS[kind])
    for name, parameter in cell.named_parameters():
        getattr(fused, name + "_l0").data.copy_(parameter.data)
    return Looped(cell), fused


def hidden(states):
    return torch.stack([s[0] if isinstance(s, tuple) else s for s in states])


def last_step(out):
    return out[-1].pow(2).sum()


def some_steps(out):
    return out[-1].pow(2).sum() + out[3].sum() + 1e-9 * out[1].sin().sum()


@pytest.mark.parametrize("kind", CELLS)
@pytest.mark.parametrize("loss", [last_step, some_steps])
@pytest.mark.parametrize("bias", [True, False])
def test_a_loop_is_recorded_as_the_fused_module_is(kind, loss, bias):
    looped, fused = pair(kind, bias=bias)
    x = torch.randn(12, 4, 3).double()
    with gv.record(looped, samples=3, detail="full") as tape:
        loss(hidden(looped(x))).backward()
    with gv.record(fused, samples=3, detail="full") as other:
        loss(fused(x)[0]).backward()
    found, expected = tape["cell"], other.dataset
    assert set(found.data_vars) == set(expected.data_vars) | {v.CUT}
    assert (found[v.CUT] == 0).all()
    for name in expected.data_vars:
        assert found[name].dims == expected[name].dims
        tolerance = 1e-4 if name == v.LOG10_GRAD_H_DIRECT else 2e-6
        np.testing.assert_allclose(found[name], expected[name], rtol=tolerance, atol=1e-9, err_msg=str(name))
    assert found.attrs["replay_error"] < 1e-12


def test_a_loss_on_a_cell_state():
    looped, fused = pair("lstm")
    x = torch.randn(12, 4, 3).double()
    with gv.record(looped) as tape:
        looped(x)[-1][1].sin().sum().backward()
    with gv.record(fused) as other:
        fused(x)[1][1].sin().sum().backward()
    for name in (v.LOG10_GRAD_H, v.LOG10_GRAD_C, v.LOG10_GRAD_H_DIRECT):
        np.testing.assert_allclose(tape["cell"][name], other.dataset[name], rtol=1e-6)


def test_a_gradient_into_a_cell_state_in_the_middle():
    looped, _ = pair("lstm")
    x = torch.randn(9, 2, 3).double()
    with gv.record(looped) as tape:
        states = looped(x)
        kept = [h for h, _ in states] + [c for _, c in states]
        for state in kept:
            state.retain_grad()
        (states[4][1].pow(2).sum() + states[-1][0].sum()).backward()
    norms = torch.stack([c.grad for _, c in states]).norm(dim=-1).log10()
    np.testing.assert_allclose(tape["cell"][v.LOG10_GRAD_C][0, 0, 0], norms, rtol=1e-6)
    norms = torch.stack([h.grad for h, _ in states]).norm(dim=-1).log10()
    np.testing.assert_allclose(tape["cell"][v.LOG10_GRAD_H][0, 0, 0], norms, rtol=1e-6)


def test_far_beyond_the_float_range():
    cell = nn.RNNCell(1, 4)
    with torch.no_grad():
        for parameter in cell.parameters():
            parameter.zero_()
        cell.weight_hh.copy_(0.1 * torch.eye(4))
    looped = Looped(cell)
    with gv.record(looped) as tape:
        hidden(looped(torch.zeros(200, 1, 1)))[-1].sum().backward()
    log10 = tape["cell"][v.LOG10_GRAD_H].values.ravel()
    np.testing.assert_allclose(np.diff(log10), 1, atol=1e-4)
    assert tape["cell"][v.UNDERFLOW].values.sum() > 150


@pytest.mark.parametrize("kind", CELLS)
def test_a_detach_in_the_loop_is_an_exact_zero_before_it(kind):
    looped, _ = pair(kind)
    looped.between = lambda s, t: (
        s if t != 5 else tuple(p.detach() for p in s) if kind == "lstm" else s.detach()
    )
    x = torch.randn(12, 4, 3).double()
    with gv.record(looped) as tape:
        hidden(looped(x))[-1].sum().backward()
    log10 = tape["cell"][v.LOG10_GRAD_H].isel(step=0, layer=0, direction=0)
    assert log10.sizes["time"] == 12
    assert np.isneginf(log10[:6]).all()
    assert np.isfinite(log10[6:]).all()


def test_states_masked_on_the_way():
    """Varying lengths: a finished sequence keeps its state, so the loop's own states are not linked."""
    looped, _ = pair("gru")
    lengths = torch.tensor([3, 8, 5, 1])
    before = {}

    def hold(state, t):
        held = torch.where((t < lengths).unsqueeze(1), state, before.get("h", state.detach()))
        before["h"] = held
        return held

    looped.between = hold
    with gv.record(looped) as tape:
        states = looped(torch.randn(8, 4, 3).double())
        for state in states:
            state.retain_grad()
        before["h"].pow(2).sum().backward()
    expected = torch.stack([s.grad for s in states]).norm(dim=-1)
    found = 10 ** tape["cell"][v.LOG10_GRAD_H].isel(step=0, layer=0, direction=0).values
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    assert "call" not in tape["cell"].dims


def test_a_batch_that_gets_smaller():
    looped, _ = pair("lstm")
    x = torch.randn(6, 4, 3).double()
    cell = looped.cell
    with gv.record(cell, samples=None) as tape:
        h = c = torch.zeros(4, 5).double()
        total = 0
        for t, size in enumerate([4, 4, 3, 3, 2, 1]):
            h, c = cell(x[t, :size], (h[:size], c[:size]))
            total = total + h.sum()
        total.backward()
    log10 = tape.dataset[v.LOG10_GRAD_H].isel(step=0, layer=0, direction=0)
    assert log10.notnull().sum("time").values.tolist() == [6, 5, 4, 2]
    assert tape.dataset[v.GATE_MEAN].notnull().all()


def test_two_sequences_are_two_calls_and_steps_differ_in_length():
    looped, _ = pair("rnn")
    with gv.record(looped) as tape:
        for lengths in ((4, 6), (5,)):
            for steps in lengths:
                hidden(looped(torch.randn(steps, 2, 3).double()))[-1].sum().backward()
            tape.step()
    log10 = tape["cell"][v.LOG10_GRAD_H].isel(layer=0, direction=0, sample=0)
    assert log10.notnull().sum("time").values.tolist() == [[4, 6], [5, 0]]


def test_stacked_cells_and_unbatched_input():
    class Stacked(nn.Module):
        def __init__(self):
            super().__init__()
            self.cells = nn.ModuleList([nn.GRUCell(3, 4), nn.GRUCell(4, 4)])

        def forward(self, x):
            first = second = None
            for x_t in x:
                first = self.cells[0](x_t, first)
                second = self.cells[1](first, second)
            return second

    model = Stacked()
    with gv.record(model) as tape:
        model(torch.randn(7, 3)).sum().backward()
    assert set(tape.tree.children) == {"cells.0", "cells.1"}
    for name in tape.names:
        assert dict(tape[name].sizes)["time"] == 7
        assert np.isfinite(tape[name][v.LOG10_GRAD_H]).all()


@pytest.mark.parametrize("kind", CELLS)
def test_recording_a_loop_changes_no_bit(kind):
    results = []
    for record in (False, True):
        torch.manual_seed(0)
        looped = Looped(CELLS[kind][0](3, 8))
        optimizer = torch.optim.Adam(looped.parameters(), 1e-2)
        tape = gv.record(looped, every=2) if record else None
        if tape:
            tape.__enter__()
        for _ in range(4):
            optimizer.zero_grad()
            out = hidden(looped(torch.randn(10, 3, 3)))
            loss = out[-1].pow(2).sum() + out[2].sum() * out[5].sum()
            loss.backward()
            optimizer.step()
            if tape:
                tape.step(loss)
        if tape:
            tape.__exit__(None, None, None)
        results.append([p.detach() for p in looped.parameters()])
    assert all(torch.equal(a, b) for a, b in zip(*results, strict=True))


def test_nothing_of_the_tape_hangs_on_the_loops_graph():
    looped, _ = pair("lstm")
    with gv.record(looped) as tape:
        out = hidden(looped(torch.randn(5, 2, 3).double()))
        out[-1].sum().backward(retain_graph=True)
    session = weakref.ref(tape._recorder)
    del tape
    gc.collect()
    assert session() is None
    out[-1].sum().backward()


def test_a_step_that_is_skipped_sees_no_loop():
    looped, _ = pair("gru")
    x = torch.randn(5, 2, 3).double()
    with gv.record(looped, every=2) as tape:
        for _ in range(3):
            hidden(looped(x))[-1].sum().backward()
            assert bool(tape._recorder._calls) == (tape._step % 2 == 0)
            tape.step()
    assert tape["cell"]["step"].values.tolist() == [0, 2]


class _OneNode(torch.autograd.Function):
    """h and c of an LSTM step from one node of the graph, as the fused cell of a GPU gives them."""

    @staticmethod
    def forward(ctx, a, c):
        ctx.save_for_backward(a, c)
        i, f, g, o = a.chunk(4, -1)
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        return o.sigmoid() * c.tanh(), c

    @staticmethod
    def backward(ctx, *gradients):
        with torch.enable_grad():
            a, c = (saved.detach().requires_grad_() for saved in ctx.saved_tensors)
            i, f, g, o = a.chunk(4, -1)
            after = f.sigmoid() * c + i.sigmoid() * g.tanh()
            return torch.autograd.grad((o.sigmoid() * after.tanh(), after), (a, c), gradients)


def _one_node_cell(x, state, *weights):
    if has_torch_function((x, *state, *weights)):
        return handle_torch_function(_one_node_cell, (x, *state, *weights), x, state, *weights)
    w_ih, w_hh, b_ih, b_hh = weights
    return _OneNode.apply(x @ w_ih.t() + state[0] @ w_hh.t() + b_ih + b_hh, state[1])


class _OneNodeCell(nn.LSTMCell):
    def forward(self, x, state):
        return _one_node_cell(x, state, self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh)


def test_a_cell_whose_states_come_from_one_node(monkeypatch):
    monkeypatch.setitem(CELL_SPECS, "lstm", replace(CELL_SPECS["lstm"], step_function=_one_node_cell))
    cell, fused = _OneNodeCell(3, 5).double(), nn.LSTM(3, 5).double()
    for name, parameter in cell.named_parameters():
        getattr(fused, f"{name}_l0").data.copy_(parameter.data)
    looped, x = Looped(cell), torch.randn(12, 4, 3).double()
    with gv.record(looped, detail="full") as tape:
        states = looped(x)
        assert states[0][0].grad_fn is states[0][1].grad_fn
        some_steps(hidden(states)).backward()
    with gv.record(fused, detail="full") as other:
        some_steps(fused(x)[0]).backward()
    for name in (v.GRAD_H, v.GRAD_C, v.GRAD_GATES):
        np.testing.assert_allclose(tape["cell"][name], other.dataset[name], rtol=1e-9, atol=1e-12)
