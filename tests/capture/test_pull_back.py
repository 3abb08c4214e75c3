"""Vector-Jacobian products outside of a backward pass."""

import pytest
import torch
from torch.utils.checkpoint import checkpoint

from gradviz.capture.autograd_graph import (
    Edge,
    Place,
    edges_into_call,
    edges_of,
    place_of,
    uses_weight,
    way_back,
)
from gradviz.capture.pull_back import NotCallable, can_call, pull_back


def leaf(*values):
    return torch.tensor(values).double().requires_grad_()


def pulled(state, incoming, gradient):
    source, start = place_of(state), place_of(incoming)
    back = way_back([start], {source}.__contains__, set())
    return pull_back(back.nodes, {start: torch.tensor(gradient).double()}, {source}).get(source)


def test_the_gradient_is_that_of_autograd_and_no_hook_fires():
    fired, state = [], leaf([1.0, 2.0], [3.0, 4.0]) * 1
    between = state * state
    between.register_hook(fired.append)
    between.grad_fn.register_hook(lambda *_: fired.append("node"))
    incoming = between + 5 * state
    found = pulled(state, incoming, [[1.0, 10.0], [0.0, -1.0]])
    assert found.tolist() == [[7.0, 90.0], [0.0, -13.0]]
    assert fired == []


def test_what_was_broadcast_gets_the_sum():
    state = leaf([1.0], [3.0]) * 1
    incoming = (state * torch.tensor([[1.0, 2.0, 4.0]]).double()).exp().log()
    torch.testing.assert_close(pulled(state, incoming, [[1.0] * 3, [2.0] * 3]), leaf([7.0], [14.0]).detach())


class Python(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return 2 * x

    @staticmethod
    def backward(ctx, gradient):
        raise AssertionError("must not be called")


@pytest.mark.parametrize(
    "between",
    [Python.apply, lambda h: checkpoint(torch.tanh, h, use_reentrant=False)],
    ids=["python function", "checkpoint"],
)
def test_code_of_the_user_is_not_called(between):
    state = leaf([1.0, 2.0]) * 1
    incoming = between(state)
    assert not can_call(incoming.grad_fn)
    with pytest.raises(NotCallable):
        pulled(state, incoming, [[1.0, 1.0]])


def test_a_freed_graph_cannot_be_called():
    state = leaf([1.0, 2.0]) * 1
    incoming = state * state
    incoming.sum().backward()
    with pytest.raises(NotCallable):
        pulled(state, incoming, [[1.0, 1.0]])


def test_the_way_back_ends_at_known_places_and_remembers_dead_ends():
    first, other = leaf([1.0, 2.0]) * 1, leaf([1.0, 2.0]).exp()
    second = first.tanh()
    incoming = 2 * second + other
    known, dead = {place_of(first), place_of(second)}, set()
    back = way_back([place_of(incoming)], known.__contains__, dead)
    assert back.sources == {place_of(second)}
    assert [node.name() for node in back.nodes] == ["AddBackward0", "MulBackward0"]
    assert other.grad_fn in dead
    assert way_back([place_of(second)], known.__contains__, dead).sources == {place_of(second)}


def test_the_edges_of_a_call_are_those_that_use_its_inputs():
    x, h = leaf([1.0, 2.0]).exp(), leaf([3.0, 4.0]).sin()
    weight = leaf([1.0, 0.0], [0.0, 1.0])
    product = x @ weight.t()
    out = (product + h * h).tanh()
    edges = edges_into_call([out.grad_fn], [x, h, None])
    assert {(edge.node.name(), edge.position) for edge in edges} == {
        (product.grad_fn.name(), 0),
        ("MulBackward0", 0),
        ("MulBackward0", 1),
    }
    assert uses_weight(product.grad_fn, weight)
    assert not uses_weight(out.grad_fn, weight)
    first, _ = edges_of((h * x).grad_fn)
    assert isinstance(first, Edge)
    assert first.source == Place(h.grad_fn, 0)
