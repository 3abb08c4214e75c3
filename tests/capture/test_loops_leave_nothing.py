"""Nothing is left of a recorded loop, whatever ended it, and other passes and threads do not disturb it."""

import copy
import gc
import threading
import weakref

import numpy as np
import pytest
import torch
from capture.loops import loop, recording, same
from torch import nn

import gradviz as gv
from gradviz import vocabulary as v
from gradviz.errors import CannotWatch

ENGINE = torch.autograd._engine_run_backward


@pytest.fixture(autouse=True)
def _the_engine_is_given_back():
    yield
    assert torch.autograd._engine_run_backward is ENGINE


class Mark:
    """A hook whose life tells how long the graph lives."""

    def __call__(self, gradient):
        return None


@pytest.mark.parametrize("ends", ["step", "block", "no backward", "dropped", "error"])
def test_the_graph_is_freed_without_the_garbage_collector(ends):
    cell = nn.LSTMCell(3, 4)
    tape = gv.record(cell)
    gc.collect()
    gc.disable()
    try:
        tape.__enter__()
        x = torch.randn(5, 2, 3)
        state = None
        for x_t in x:
            h, c = cell(x_t, state)
            state = (0.5 * h, c)
        mark = Mark()
        state[0].register_hook(mark)
        held = [weakref.ref(mark), weakref.ref(x)]
        if ends == "error":
            state[0].register_hook(lambda gradient: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                state[0].sum().backward()
        elif ends != "no backward":
            state[0].sum().backward()
        del mark, x, x_t, state, h, c
        if ends == "step":
            tape.step()
        elif ends == "dropped":
            del tape
        else:
            tape.__exit__(RuntimeError, None, None)
        assert [one() for one in held] == [None, None]
        if ends == "step":
            tape.__exit__(RuntimeError, None, None)
    finally:
        gc.enable()


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
@pytest.mark.parametrize("where", ["forward", "backward"])
def test_nothing_is_left_after_an_exception(where, error):
    cell = nn.GRUCell(3, 4)

    def fail(*_):
        raise error("planted")

    def between(h):
        if where == "forward":
            fail()
        h.register_hook(fail)
        return 0.5 * h

    with pytest.raises(error, match="planted"), gv.record(cell):
        loop(cell, torch.randn(5, 2, 3), between).backward()
    assert not cell._forward_hooks
    loop(cell, torch.randn(5, 2, 3), torch.tanh).backward()


def test_create_graph_says_what_to_do_and_leaves_nothing():
    cell = nn.GRUCell(3, 4)
    message = r"^a backward pass with create_graph=True .* outside of gradviz\.record$"
    with pytest.raises(CannotWatch, match=message), gv.record(cell):
        loop(cell, torch.randn(5, 2, 3), torch.tanh).backward(create_graph=True)
    loop(cell, torch.randn(5, 2, 3), torch.tanh).backward()


def test_threads_train_models_each_with_its_tape():
    def train(results, number, record, meet=lambda: None):
        generator = torch.Generator().manual_seed(number % 2)
        cell = nn.GRUCell(3, 4)
        with torch.no_grad():
            for parameter in cell.parameters():
                parameter.copy_(torch.randn(parameter.shape, generator=generator))
        optimizer = torch.optim.SGD(cell.parameters(), 0.1)
        with recording(cell, record, every=2) as tape:
            meet()
            for _ in range(4):
                optimizer.zero_grad()
                loop(cell, torch.randn(6, 2, 3, generator=generator), torch.tanh).backward()
                optimizer.step()
                tape.step()
            meet()
        found = tape.dataset[v.LOG10_GRAD_H].values if record else None
        results[number] = [p.detach() for p in cell.parameters()], found

    results = {}
    for number in (0, 1):
        train(results, number, True)
    meet = threading.Barrier(4).wait  # the hooks that torch runs after a step must not change meanwhile
    threads = [threading.Thread(target=train, args=(results, n, n < 5, meet)) for n in range(2, 6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number in range(2, 6):
        assert same(results[number][0], results[number % 2][0])
        if number < 5:
            np.testing.assert_array_equal(results[number][1], results[number % 2][1])


def test_tapes_within_each_other_record_the_same():
    model = nn.ModuleDict({"a": nn.GRUCell(3, 4), "b": nn.GRUCell(3, 4)})
    with gv.record(model) as outer, gv.record(model["a"]) as inner:
        x = torch.randn(5, 2, 3)
        (loop(model["a"], x, torch.tanh) + loop(model["b"], x, torch.tanh)).backward()
    np.testing.assert_array_equal(outer["a"][v.LOG10_GRAD_H], inner.dataset[v.LOG10_GRAD_H])


def test_a_backward_pass_within_a_hook_is_recorded_once():
    cell, x, states = nn.GRUCell(3, 4).double(), torch.randn(5, 2, 3).double(), []
    with gv.record(cell) as tape:
        h = torch.zeros(2, 4).double()
        for x_t in x:
            h = cell(x_t, h)
            h.retain_grad()
            states.append(h)
            h = 0.7 * h
        early = states[2].sum()
        h.register_hook(lambda _: early.backward(retain_graph=True))
        h.pow(2).sum().backward(retain_graph=True)
    expected = torch.stack([state.grad for state in states]).norm(dim=-1).log10()
    np.testing.assert_allclose(tape.dataset[v.LOG10_GRAD_H].values[0, 0, 0], expected, atol=2e-6)


def test_a_copied_state_and_inference_after_recording():
    cell, x = nn.GRUCell(3, 4), torch.randn(5, 2, 3)
    with gv.record(cell) as tape:
        loop(cell, x, torch.tanh).backward()
        state = copy.deepcopy(cell(x[0]).detach())
        with torch.no_grad():
            after = cell(x[1], state)
    assert tape.dataset.sizes["time"] == 5
    with torch.inference_mode():
        assert torch.equal(cell(x[1], state), after)


def test_anomaly_detection_works_as_before():
    cell = nn.GRUCell(3, 4)
    with (
        torch.autograd.set_detect_anomaly(True),
        pytest.warns(UserWarning, match="Error detected in Sqrt"),
        pytest.raises(RuntimeError, match="returned nan values"),
        gv.record(cell),
    ):
        (0 * loop(cell, torch.randn(5, 2, 3), torch.tanh) - 1).sqrt().backward()
