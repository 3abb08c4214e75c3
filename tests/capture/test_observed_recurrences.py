"""The names of what was observed; nothing observed vanishes without a word, and nothing is left behind."""

import gc
import warnings
import weakref

import numpy as np
import pytest
import torch
from handwritten import PeepholeLSTM, observed_loop
from torch import nn
from torch.utils.checkpoint import checkpoint

import gradviz as gv
from gradviz import vocabulary as v
from gradviz.errors import NothingRecorded, NothingRecordedWarning, UnknownName

ENGINE = torch.autograd._engine_run_backward


@pytest.fixture(autouse=True)
def _the_engine_is_given_back():
    yield
    assert torch.autograd._engine_run_backward is ENGINE


def by_hand(tape, weight, steps=4, name="mine"):
    h = torch.ones(2, 3)
    for _ in range(steps):
        h = torch.tanh(h @ weight)
        tape.observe(name, h)
    return h


@pytest.fixture
def weight():
    return torch.eye(3).requires_grad_()


def test_names_of_observed_recurrences(weight):
    with gv.record(nn.ModuleDict({"rnn": nn.RNN(3, 3)}), every=2) as tape:
        assert tape.names == ["rnn"]
        by_hand(tape, weight, name="first").sum().backward()
        assert tape.names == ["rnn", "first"]
        tape.step()
        by_hand(tape, weight, name="unrecorded").sum().backward()
        tape.step()
    assert tape.names == ["rnn", "first", "unrecorded"]
    assert tape["first"].sizes["time"] == 4
    with pytest.raises(NothingRecorded, match="no gradient has reached 'rnn'"):
        tape["rnn"]
    with pytest.raises(UnknownName, match=r"'fist'; did you mean 'first'\?"):
        tape["fist"]


def test_a_recurrence_that_no_gradient_reaches_is_minus_infinity_beside_a_module(weight):
    model = nn.RNN(3, 3)
    with gv.record(model) as tape:
        by_hand(tape, weight)
        model(torch.randn(5, 2, 3))[0].sum().backward()
    assert np.isneginf(tape["mine"][v.LOG10_GRAD_H]).all()
    assert gv.diagnose(tape.tree, module="mine").kinds == ("no_gradient",)


def test_it_is_minus_infinity_alone_too(weight):
    other = torch.ones(1, requires_grad=True)
    with gv.record(nn.Linear(1, 1)) as tape:
        by_hand(tape, weight)
        other.sum().backward()
    assert np.isneginf(tape["mine"][v.LOG10_GRAD_H]).all()


def test_without_a_backward_pass_it_says_what_is_missing(weight):
    tape = gv.record(nn.Linear(1, 1))
    with pytest.warns(NothingRecordedWarning, match=r"nothing was recorded: call loss\.backward"), tape:
        by_hand(tape, weight)
    with pytest.raises(NothingRecorded, match=r"call loss\.backward"):
        tape["mine"]


@pytest.mark.parametrize("beside", [True, False])
def test_states_that_need_no_gradient_are_told(weight, beside):
    model = nn.RNN(3, 3)

    def run(tape):
        with tape:
            by_hand(tape, weight.detach())
            loss = model(torch.randn(5, 2, 3))[0].sum() if beside else weight.sum()
            loss.backward()
            tape.step()

    tape = gv.record(model)
    with pytest.warns(
        NothingRecordedWarning, match="'mine': none of the states .* needs a gradient; give"
    ) as told:
        run(tape)
    assert len(told) == 1
    assert told[0].filename == __file__
    with pytest.raises(NothingRecorded, match="needs a gradient"):
        tape["mine"]


def test_what_is_missing_is_told_once(weight):
    tape = gv.record(nn.Linear(1, 1))
    with warnings.catch_warnings(record=True) as told, tape:
        warnings.simplefilter("always")
        for _ in range(3):
            h = torch.tanh(torch.ones(2, 3) @ weight)
            tape.observe("h", h.clone())
            h.sum().backward()
            tape.step()
    assert [one.category for one in told] == [NothingRecordedWarning]


def test_an_error_in_the_block_is_not_hidden_by_a_warning(weight):
    def fail(tape):
        with tape:
            h = torch.tanh(torch.ones(2, 3) @ weight)
            tape.observe("h", h.clone())
            h.sum().backward()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail(gv.record(nn.Linear(1, 1)))


def test_a_sequence_without_gradient_beside_one_with_it_is_counted(weight):
    with gv.record(nn.Linear(1, 1)) as tape:
        by_hand(tape, weight)
        tape.observe("mine", torch.tanh(torch.ones(2, 3) @ weight), time=0)
        by_hand(tape, weight, name="other").sum().backward()
        by_hand(tape, weight, name="mine")
    assert np.isneginf(tape["mine"][v.LOG10_GRAD_H]).any()


@pytest.mark.parametrize("ends", ["step", "block", "no backward", "dropped", "error"])
def test_the_graph_is_freed_without_the_garbage_collector(ends, weight):
    class Mark:
        def __call__(self, gradient):
            return None

    tape = gv.record(nn.Linear(1, 1))
    gc.collect()
    gc.disable()
    try:
        tape.__enter__()
        state = torch.stack([torch.ones(2, 3), torch.ones(2, 3)])
        for _ in range(3):
            state = torch.stack([torch.tanh(state[0] @ weight), state[1]])
            tape.observe("h", state[0], gates={"z": state[1].clamp(0, 1)}, cell_state=state[1])
        mark = Mark()
        state.register_hook(mark)
        held = weakref.ref(mark)
        if ends == "error":
            state.register_hook(lambda gradient: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                state.sum().backward()
        elif ends != "no backward":
            state.sum().backward()
        del mark, state
        if ends == "step":
            tape.step()
        elif ends == "dropped":
            del tape
        elif ends == "no backward":
            with pytest.warns(NothingRecordedWarning):
                tape.__exit__(None, None, None)
        else:
            error = (ZeroDivisionError, ZeroDivisionError(), None) if ends == "error" else (None, None, None)
            tape.__exit__(*error)
        assert held() is None
    finally:
        gc.enable()
    if ends == "step":
        tape.__exit__(None, None, None)


@pytest.mark.parametrize("reentrant", [True, False])
def test_inside_an_activation_checkpoint(reentrant):
    """The loop runs in two parts that the backward pass runs again."""
    cell, x = PeepholeLSTM(3, 4).double(), torch.randn(6, 2, 3).double().requires_grad_()
    w = torch.randn(4, 4).double().requires_grad_()

    def part(tape, h, x, start):
        for t, x_t in enumerate(x):
            h = torch.tanh(h @ w + x_t @ w[:3])
            tape.observe("h", h, time=start + t)
        return h

    with gv.record(cell) as plain:
        part(plain, part(plain, torch.zeros(2, 4).double(), x[:3], 0), x[3:], 3).sum().backward()
    with gv.record(cell) as tape:
        h = torch.zeros(2, 4).double()
        for start in (0, 3):
            piece = x[start : start + 3]
            h = checkpoint(part, tape, h, piece, start, use_reentrant=reentrant)
        h.sum().backward()
    found = tape["h"][v.LOG10_GRAD_H]
    found = found.max("call") if "call" in found.dims else found
    np.testing.assert_allclose(found, plain["h"][v.LOG10_GRAD_H])


def test_two_backward_passes_add_up():
    cell, x = PeepholeLSTM(3, 4).double(), torch.randn(5, 2, 3).double()
    with gv.record(cell, detail="full") as once:
        h = observed_loop(once, cell, x)
        (h.sum() + h.pow(2).sum()).backward()
    with gv.record(cell, detail="full") as twice:
        h = observed_loop(twice, cell, x)
        h.sum().backward(retain_graph=True)
        h.pow(2).sum().backward()
    for name in (v.GRAD_H, v.GRAD_C, v.GRAD_GATES):
        np.testing.assert_allclose(once["mine"][name], twice["mine"][name], rtol=1e-10, atol=1e-14)
