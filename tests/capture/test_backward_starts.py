"""The function that starts every backward pass is wrapped while someone listens, and only then."""

from contextlib import contextmanager

import pytest
import torch

from gradviz.capture.backward_starts import listen, stop_listening

NAME = "_engine_run_backward"


@pytest.fixture
def original():
    before = getattr(torch.autograd, NAME)
    yield before
    assert getattr(torch.autograd, NAME) is before


class Listener:
    """Remembers the roots of every pass, and what began and ended."""

    def __init__(self, name="", log=None):
        self.name, self.log, self.roots = name, [] if log is None else log, []

    @contextmanager
    def __call__(self, roots):
        self.roots.append(roots)
        self.log.append(f"begin {self.name}")
        try:
            yield
        finally:
            self.log.append(f"end {self.name}")


def backward():
    x = torch.ones(2, requires_grad=True)
    y = (3 * x).sum()
    y.backward()
    assert x.grad.tolist() == [3, 3]
    return y.grad_fn


def test_the_roots_of_backward_and_of_grad(original):
    listener = Listener()
    listen(listener)
    node = backward()
    x = torch.ones((), requires_grad=True)
    a, b = 2 * x, 3 * x
    assert torch.autograd.grad([a, b], x)[0] == 5
    torch.autograd.backward(torch.autograd.graph.GradientEdge(x.exp().grad_fn, 0), torch.ones(()))
    stop_listening(listener)
    assert listener.roots[:2] == [[node], [a.grad_fn, b.grad_fn]]
    assert [node.name() for node in listener.roots[2]] == ["ExpBackward0"]


def test_one_wrapper_for_several_listeners_until_the_last_has_left(original):
    log = []
    one, two = Listener("one", log), Listener("two", log)
    listen(one)
    wrapper = getattr(torch.autograd, NAME)
    assert wrapper is not original
    listen(two)
    assert getattr(torch.autograd, NAME) is wrapper
    backward()
    stop_listening(one)
    assert getattr(torch.autograd, NAME) is wrapper
    backward()
    stop_listening(two)
    assert log == ["begin one", "begin two", "end two", "end one", "begin two", "end two"]
    stop_listening(two)


def test_an_exception_in_the_pass_ends_it(original):
    listener, x = Listener(), torch.ones((), requires_grad=True)
    y = x * 2
    y.register_hook(lambda gradient: 1 / 0)
    listen(listener)
    try:
        with pytest.raises(ZeroDivisionError):
            y.backward()
    finally:
        stop_listening(listener)
    assert listener.log == ["begin ", "end "]


def wrapped(function, calls):
    def theirs(*args, **kwargs):
        calls.append("theirs")
        return function(*args, **kwargs)

    return theirs


def test_someone_who_wraps_in_between_is_left_in_place(monkeypatch, original):
    calls, listener = [], Listener()
    listen(listener)
    ours = getattr(torch.autograd, NAME)
    theirs = wrapped(ours, calls)
    setattr(torch.autograd, NAME, theirs)
    stop_listening(listener)
    assert getattr(torch.autograd, NAME) is theirs
    backward()
    assert (calls, listener.log) == (["theirs"], [])
    listen(listener)  # once more: each pass is seen once, though two wrappers of ours are in the chain
    backward()
    assert (calls, listener.log) == (["theirs"] * 2, ["begin ", "end "])
    stop_listening(listener)
    assert getattr(torch.autograd, NAME) is theirs
    setattr(torch.autograd, NAME, original)


def test_a_wrapper_that_someone_has_taken_away_is_put_back_for_the_next_listener(original):
    one, two = Listener(), Listener()
    listen(one)
    setattr(torch.autograd, NAME, original)
    listen(two)
    backward()
    assert (len(one.roots), len(two.roots)) == (1, 1)
    stop_listening(one)
    stop_listening(two)


def test_a_pass_within_a_hook_has_its_own_beginning_and_end(original):
    listener, x = Listener(), torch.ones((), requires_grad=True)
    y, z = x * 2, x * 5
    y.register_hook(lambda gradient: torch.autograd.grad(z, x)[0] * gradient)
    listen(listener)
    y.backward()
    stop_listening(listener)
    assert x.grad == 10
    assert listener.roots == [[y.grad_fn], [z.grad_fn]]
    assert listener.log == ["begin ", "begin ", "end ", "end "]
