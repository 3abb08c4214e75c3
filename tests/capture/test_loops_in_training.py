"""Cells in a Python loop as people train them: checkpoints, truncated BPTT, hooks, calls that fail."""

import contextlib

import numpy as np
import pytest
import torch
from torch import nn

import gradviz as gv
from gradviz import vocabulary as v


@pytest.mark.parametrize("kind", [nn.RNNCell, nn.LSTMCell, nn.GRUCell])
def test_a_checkpoint_around_every_step_is_passed_by(kind):
    """Its call within the backward pass is cut short by the checkpoint itself."""
    cell = kind(2, 4)
    x = torch.randn(6, 3, 2, requires_grad=True)
    grads = []
    for record in (False, True):
        cell.zero_grad()
        with gv.record(cell) if record else contextlib.nullcontext():
            state = (torch.zeros(3, 4), torch.zeros(3, 4)) if kind is nn.LSTMCell else torch.zeros(3, 4)
            for x_t in x:
                state = torch.utils.checkpoint.checkpoint(cell, x_t, state, use_reentrant=False)
            (state[0] if kind is nn.LSTMCell else state).sum().backward()
        grads.append(cell.weight_hh.grad.clone())
    assert torch.equal(*grads)


def test_a_call_that_failed_does_not_spoil_the_next():
    cell = nn.GRUCell(2, 4)
    with gv.record(cell) as tape:
        with pytest.raises(RuntimeError, match="input has inconsistent"):
            cell(torch.randn(3, 5), torch.zeros(3, 4))
        cell(torch.randn(3, 2), torch.zeros(3, 4)).sum().backward()
    assert tape.dataset.sizes["time"] == 1


@pytest.mark.parametrize("kind", [nn.RNNCell, nn.LSTMCell, nn.GRUCell])
def test_weights_that_change_between_two_stretches_are_those_of_each(kind):
    """Truncated BPTT: the optimiser steps between two pieces, and the state continues without its graph."""
    cell = kind(2, 4)
    stretches = torch.randn(2, 5, 3, 2)

    def run(x, state):
        for x_t in x:
            state = cell(x_t, state)
        return state

    def first(state):
        return state[0] if kind is nn.LSTMCell else state

    start = (torch.zeros(3, 4), torch.zeros(3, 4)) if kind is nn.LSTMCell else torch.zeros(3, 4)
    found = []
    with gv.record(cell) as tape:
        state = run(stretches[0], start)
        first(state).sum().backward()
        found.append(tape.dataset.isel(step=0, layer=0, direction=0, time=slice(0, 5)))
        with torch.no_grad():
            for parameter in cell.parameters():
                parameter.sub_(parameter.grad)
        state = tuple(s.detach() for s in state) if kind is nn.LSTMCell else state.detach()
        first(run(stretches[1], state)).sum().backward()
    found.append(tape.dataset.isel(step=0, layer=0, direction=0, time=slice(0, 5)))
    for name in (v.LOG10_GRAD_H, v.LOG10_GRAD_GATE, v.GATE_MEAN):
        np.testing.assert_allclose(found[1][name], found[0][name], rtol=1e-6)


@pytest.mark.parametrize("kind", [nn.RNNCell, nn.LSTMCell, nn.GRUCell])
def test_an_unbatched_state_is_linked_as_a_batch_of_one_is(kind):
    cell = kind(2, 4)
    x = torch.randn(6, 2)
    found = []
    for batch in ((), (1,)):
        zero = torch.zeros(*batch, 4)
        state = (zero, zero) if kind is nn.LSTMCell else zero
        with gv.record(cell) as tape:
            for x_t in x:
                state = cell(x_t.expand(*batch, 2), state)
            (state[0] if kind is nn.LSTMCell else state).sum().backward()
        found.append(tape.dataset)
    assert np.isneginf(found[0][v.LOG10_GRAD_H_DIRECT].values[0, 0, 0, :5, 0]).all()
    for name in (v.LOG10_GRAD_H, v.LOG10_GRAD_H_DIRECT, v.LOG10_GRAD_GATE):
        np.testing.assert_allclose(found[0][name], found[1][name], rtol=1e-6)


def test_a_hook_that_clips_every_state_is_seen():
    cell = nn.RNNCell(2, 4)
    h, states = torch.zeros(3, 4), []
    with gv.record(cell) as tape:
        for x_t in torch.randn(6, 3, 2):
            h = cell(x_t, h)
            h.register_hook(lambda gradient: gradient.clamp(-0.01, 0.01))
            h.retain_grad()
            states.append(h)
        h.sum().backward()
    expected = torch.stack([torch.linalg.vector_norm(state.grad, dim=-1).log10() for state in states])
    np.testing.assert_allclose(tape.dataset[v.LOG10_GRAD_H].values[0, 0, 0], expected, rtol=1e-4)
