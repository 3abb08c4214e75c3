"""What a backward pass sends to a state, told apart by its way; the numbers are small integers."""

import math

import pytest
import torch

from gradviz.capture.arrived_gradient import DIRECT, GradientParts, Kind
from gradviz.capture.autograd_graph import edges_of, place_of
from gradviz.capture.backward_plan import BackwardPlan, CallEdges, KnownGraph

CARRIED = Kind("carried", "rnn")


class Chain:
    """A state h, what lies between, and a call that multiplies its given state by 7."""

    def __init__(self, between):
        self.h = torch.ones(2, requires_grad=True) * 1
        self.given = between(self.h)
        self.after = self.given * 7
        node = self.after.grad_fn
        edges = tuple(edges_of(node))
        self.parts = {place_of(self.h): GradientParts(), place_of(self.given): GradientParts()}
        nodes = [] if self.given is self.h else [self.given.grad_fn]
        self.graph = KnownGraph(
            self.parts, {node: CallEdges({(node, edges[0].position): CARRIED}, edges)}, nodes
        )

    def backward(self, loss, **options):
        plan = BackwardPlan(self.graph, [loss.grad_fn])
        try:
            loss.backward(**options)
        finally:
            plan.remove()
        return plan

    def at(self, state):
        """Total, carried and direct gradient of the first unit; 0 where nothing arrived."""
        parts = self.parts[place_of(state)]
        found = (parts.total, parts.by_kind.get(CARRIED), parts.by_kind.get(DIRECT))
        return [0.0 if part is None else part[0].item() for part in found]


def test_a_loss_that_reads_the_state_and_the_call():
    chain = Chain(lambda h: h)
    plan = chain.backward((chain.after + 2 * chain.h).sum())
    assert plan.has_arrived
    assert chain.at(chain.h) == [9, 7, 2]


def test_a_head_that_reads_what_is_handed_on():
    """Both gradients go through one multiplication, and are told apart behind it."""
    chain = Chain(lambda h: h * 3)
    chain.backward((chain.after + 2 * chain.given).sum())
    assert chain.at(chain.given) == [9, 7, 2]
    assert chain.at(chain.h) == [27, 21, 6]


def test_a_direct_gradient_far_smaller_than_the_carried_one():
    chain = Chain(lambda h: h * 3)
    chain.backward((chain.after + 1e-12 * chain.given).sum())
    assert chain.at(chain.h)[2] == torch.tensor(3e-12).item()


def test_only_later_calls():
    chain = Chain(lambda h: h * 3)
    chain.backward(chain.after.sum())
    assert chain.at(chain.h) == [21, 21, 0]
    assert DIRECT not in chain.parts[place_of(chain.h)].by_kind


def test_two_passes_add_up_and_leave_no_hook():
    chain = Chain(lambda h: h * 3)
    loss = (chain.after + 2 * chain.given).sum()
    chain.backward(loss, retain_graph=True)
    chain.backward(loss, retain_graph=True)
    assert chain.at(chain.h) == [54, 42, 12]
    loss.backward()  # without a plan
    assert chain.at(chain.h) == [54, 42, 12]


def test_a_pass_that_begins_at_the_state_that_is_handed_on():
    chain = Chain(lambda h: h * 3)
    plan = BackwardPlan(chain.graph, [chain.given.grad_fn])
    chain.given.backward(torch.tensor([5.0, 5.0]))
    plan.remove()
    assert chain.at(chain.given) == [5, 0, 5]
    assert chain.at(chain.h) == [15, 0, 15]


def test_a_pass_that_does_not_come_here():
    chain = Chain(lambda h: h * 3)
    other = torch.ones(2, requires_grad=True)
    assert not chain.backward((other * 2).sum()).has_arrived
    assert chain.at(chain.h) == [0, 0, 0]


def packed(operation):
    """An operation whose saved tensors belong to a hook of the user, so that its node cannot be called."""

    def between(h):
        with torch.autograd.graph.saved_tensors_hooks(lambda t: t.clone(), lambda t: t):
            return operation(h)

    return between


@pytest.mark.parametrize(
    ("operation", "factor"),
    [
        (lambda h: h * torch.tensor([5.0, 0.0], requires_grad=True), 5),
        (lambda h: h.exp(), math.e),
        (lambda h: h.sigmoid(), 0.19661193),
    ],
)
def test_an_elementwise_operation_that_cannot_be_called_is_split_by_ratio(operation, factor):
    chain = Chain(packed(operation))
    chain.backward((2 * chain.after + 3 * chain.given).sum())
    assert chain.at(chain.given) == [17, 14, 3]
    assert chain.at(chain.h) == pytest.approx([17 * factor, 14 * factor, 3 * factor])
    assert chain.parts[place_of(chain.h)].is_known


def test_what_changes_the_shape_or_mixes_units_cannot_be_split():
    for operation in (
        lambda h: h * torch.ones(3, 2, requires_grad=True),
        lambda h: h.cumprod(0),
    ):
        chain = Chain(packed(operation))
        chain.backward((2 * chain.after + 3 * chain.given).sum())
        assert not chain.parts[place_of(chain.h)].is_known
