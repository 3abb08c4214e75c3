"""States computed all at once have only direct gradients; those of a loop, however it is kept, have all."""

import warnings

import numpy as np
import pytest
import torch
from torch import nn

import gradviz as gv
from gradviz import vocabulary as v
from gradviz.errors import BadRecording, DirectOnlyWarning

X = torch.randn(6, 4, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(5))


def net():
    return nn.Linear(3, 6).double()


def scan(model, x):
    """A minGRU without a loop: h_t = (1 - z_t) h_{t-1} + z_t n_t, by a cumulative sum."""
    update, candidate = model(x).chunk(2, dim=-1)
    update = torch.sigmoid(update)
    kept = torch.log1p(-update).cumsum(0)
    return torch.exp(kept) * torch.cumsum(update * candidate * torch.exp(-kept), dim=0), update


def observe_all(tape, states, update=None):
    for t, h in enumerate(states):
        tape.observe("h", h, gates=None if update is None else {"update": update[t]})


PARALLEL = {
    "an index along time": lambda hs: [hs[t] for t in range(6)],
    "batch first": lambda hs: list(hs.transpose(0, 1).contiguous().unbind(1)),
    "unbind": lambda hs: list(hs.unbind()),
    "split": lambda hs: [h.squeeze(0) for h in hs.split(1)],
    "an index for each": lambda hs: [hs[[t]].squeeze(0) for t in range(6)],
    "something elementwise afterwards": lambda hs: [torch.tanh(h) for h in hs.unbind()],
}


@pytest.mark.parametrize("states", PARALLEL.values(), ids=PARALLEL)
def test_a_parallel_scan_has_direct_gradients_only(states):
    model, tape = net(), gv.record(nn.Linear(1, 1), samples=None)
    with tape:
        hs, update = scan(model, X)
        listed = states(hs)
        message = "'h'.*parts of one tensor.*Only their direct gradients"
        with pytest.warns(DirectOnlyWarning, match=message) as told:
            observe_all(tape, listed, update)
        torch.stack([(t + 1) * h.pow(2).sum() for t, h in enumerate(listed)][:5]).sum().backward()
    assert len(told) == 1
    assert told[0].filename == __file__
    ds = tape["h"]
    assert v.LOG10_GRAD_H not in ds
    found = ds[v.LOG10_GRAD_H_DIRECT].values[0, 0, 0]
    expected = torch.stack([2 * (t + 1) * h.norm(dim=-1) for t, h in enumerate(listed)]).detach()
    np.testing.assert_allclose(found[:5], expected[:5].log10(), rtol=1e-6, atol=1e-6)
    assert np.isneginf(found[5]).all()
    assert np.isfinite(ds[v.LOG10_GRAD_GATE][..., :5, :, :]).all()


def test_what_says_so_afterwards():
    model = net()
    with gv.record(nn.Linear(1, 1)) as tape:
        hs, update = scan(model, X)
        with pytest.warns(DirectOnlyWarning):
            observe_all(tape, hs, update)
        hs.sum().backward()
    with pytest.raises(BadRecording, match=r"'log10_grad_h': the states of .* parts of one tensor"):
        gv.plot_gradient_norms(tape.tree)
    assert gv.saturation(tape.tree)["left"].sel(gate="update").notnull().all()
    found = gv.diagnose(tape.tree, lag=5)
    assert found.kinds == ("computed_at_once",)
    assert found.is_healthy


def test_states_stacked_by_a_loop_and_observed_afterwards():
    weight, tape = torch.eye(3, dtype=torch.float64).requires_grad_(), gv.record(nn.Linear(1, 1))
    with tape:
        h, states = X[0], []
        for x in X:
            h = torch.tanh(h @ weight + x)
            states.append(h)
        hs = torch.stack(states)
        with pytest.warns(DirectOnlyWarning, match="observe each state within the loop"):
            observe_all(tape, hs)
        hs[-1].sum().backward()
    assert np.isneginf(tape["h"][v.LOG10_GRAD_H_DIRECT].values[0, 0, 0, :-1]).all()


def test_a_scan_in_chunks_knows_only_what_no_later_chunk_was_computed_from():
    model, tape = net(), gv.record(nn.Linear(1, 1), samples=None)
    with tape:
        first = scan(model, X[:3])[0]
        with pytest.warns(DirectOnlyWarning):
            observe_all(tape, first)
        second = scan(model, X[3:])[0] + first[-1]
        observe_all(tape, second)
        second.sum().backward()
    found = tape["h"][v.LOG10_GRAD_H_DIRECT].values[0, 0, 0]
    assert np.isnan(found[:3]).all()
    np.testing.assert_allclose(found[3:], 0.5 * np.log10(3), rtol=1e-6)


def test_a_cell_state_computed_at_once_beside_a_state_made_of_it():
    """The state of each step is an output gate times a part of the scan."""
    model, tape = net(), gv.record(nn.Linear(1, 1), samples=None)
    with tape:
        cs, gate = scan(model, X)
        states = [z * torch.tanh(c) for z, c in zip(gate, cs, strict=True)]

        def observe():
            for h, c in zip(states, cs, strict=True):
                tape.observe("h", h, cell_state=c)

        with pytest.warns(DirectOnlyWarning):
            observe()
        sum(h.sum() for h in states).backward()
    assert not {v.LOG10_GRAD_H, v.LOG10_GRAD_C} & set(tape["h"])
    np.testing.assert_allclose(tape["h"][v.LOG10_GRAD_H_DIRECT], 0.5 * np.log10(3), rtol=1e-6)
    assert (tape["h"][v.STATE_C] > 0).all()


def detached(h, x, weight):
    return torch.tanh(x @ weight + h.detach())


def detached_diagonal(h, x, weight):
    return x * weight.diagonal() + 0.5 * h.detach()


def without_weights(h, x, weight):
    return torch.tanh(h)


LOOPS = {
    "plain": lambda h, x, w: torch.tanh(h @ w + x),
    "detached": detached,
    "detached, elementwise": detached_diagonal,
    "nothing but a function of the state": without_weights,
    "in-place": lambda h, x, w: (h @ w).add_(x).tanh_(),
    "identity": lambda h, x, w: h,
    "a clone of the state": lambda h, x, w: h.clone(),
    "a residual": lambda h, x, w: h + 0.1 * torch.tanh(x @ w),
    "masked": lambda h, x, w: torch.where(x > 0, torch.tanh(h @ w + x), h),
}


@pytest.mark.parametrize("step", LOOPS.values(), ids=LOOPS)
def test_a_loop_raises_no_false_alarm(step):
    """The inputs of all steps come from one tensor that needs a gradient."""
    weight = torch.eye(3, dtype=torch.float64).requires_grad_()
    with warnings.catch_warnings(), gv.record(nn.Linear(1, 1)) as tape:
        warnings.simplefilter("error")
        inputs = torch.tanh(X @ weight)
        h, total = torch.tanh(inputs[0]), 0.0
        for x in inputs.unbind():
            h = step(h, x, weight)
            tape.observe("h", h)
            total = total + h.sum()
        total.backward()
    assert v.LOG10_GRAD_H_DIRECT not in tape["h"]
    assert np.isfinite(tape["h"][v.LOG10_GRAD_H]).all()


def test_a_packed_state_and_a_preallocated_tensor_raise_none():
    weight = torch.eye(3, dtype=torch.float64).requires_grad_()
    with warnings.catch_warnings(), gv.record(nn.Linear(1, 1)) as tape:
        warnings.simplefilter("error")
        kept = torch.zeros(7, 4, 3, dtype=torch.float64)
        packed = torch.zeros(2, 4, 3, dtype=torch.float64)
        for t in range(6):
            kept[t + 1] = torch.tanh(kept[t].clone() @ weight + X[t])
            packed = torch.stack([torch.tanh(packed[1] @ weight + X[t]), packed[0]])
            tape.observe("kept", kept[t + 1])
            tape.observe("one", packed[0])
            tape.observe("two", packed[1])
        (kept[-1].sum() + packed.sum()).backward()
    assert all(v.LOG10_GRAD_H in tape[name] for name in ("kept", "one", "two"))
