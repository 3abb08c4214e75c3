"""Total gradients read from autograd's graph: where they are, and what follows where they end."""

import math
from unittest import mock

import numpy as np
import pytest
import torch
from torch import nn
from twin import Unrolled, log10_norm

import gradviz as gv
from gradviz import vocabulary as v
from gradviz.capture import recorded_layer
from gradviz.capture.recorded_layer import RecordedLayer
from gradviz.capture.unrolled_states import UnrolledStateGradients, state_nodes
from gradviz.cells.gru import GRUReplay
from gradviz.cells.rnn import RNNReplay
from gradviz.cells.workspace import Workspace

RULE = RecordedLayer._listening_pays  # before a fixture replaces it


def count_steps(monkeypatch, replay):
    """How many steps go through the recursion, and how many are given."""
    steps = {"run_block": 0, "run_block_from_totals": 0}
    for name in steps:
        original = getattr(replay, name)

        def counted(self, first, stop, *rest, name=name, original=original):
            steps[name] += stop - first
            return original(self, first, stop, *rest)

        monkeypatch.setattr(replay, name, counted)
    return steps


@pytest.mark.parametrize("directions", [1, 2])
@pytest.mark.parametrize("kind", [nn.RNN, nn.GRU])
def test_the_states_of_an_unrolled_layer_are_found_in_real_time(kind, directions):
    module = kind(3, 4, bidirectional=directions == 2)
    out, _ = module(torch.randn(6, 2, 3))
    nodes = state_nodes(out.grad_fn, 6, directions)
    gradients = UnrolledStateGradients(nodes, None, lambda direction: None)
    weights = torch.arange(1.0, 7.0).view(6, 1, 1).expand_as(out)
    (out * weights).sum().backward()
    for direction, end in enumerate([5, 0][:directions]):  # the last step has only the direct gradient
        total = gradients.total(direction, Workspace(torch.float32, torch.device("cpu")))
        assert total.shape == (6, 2, 4)
        torch.testing.assert_close(total[end], torch.full((2, 4), end + 1.0))
        assert not torch.equal(total[5 - end], torch.full((2, 4), 6.0 - end))
    gradients.remove()


@pytest.mark.parametrize(
    ("out", "steps", "directions"),
    [
        (None, 6, 1),
        (nn.LSTM(3, 4)(torch.randn(6, 2, 3))[0].grad_fn, 6, 1),  # one node for the whole layer
        (nn.GRU(3, 4)(torch.randn(6, 2, 3))[0].grad_fn, 5, 1),
        (nn.GRU(3, 4)(torch.randn(6, 2, 3))[0].grad_fn, 6, 2),
        (nn.GRU(3, 4)(torch.randn(6, 2, 3))[0].relu().grad_fn, 6, 1),
    ],
)
def test_nothing_is_found_where_the_layer_is_not_unrolled(out, steps, directions):
    assert state_nodes(out, steps, directions) == []


@pytest.mark.parametrize(
    ("kind", "replay", "samples", "listens"),
    [
        (nn.GRU, GRUReplay, 16, True),  # 3 * 128 * 128 * 16 = 786,432 multiplications at each step
        (nn.GRU, GRUReplay, 15, False),
        (nn.RNN, RNNReplay, 48, True),
        (nn.RNN, RNNReplay, 47, False),
    ],
)
def test_no_recursion_runs_where_autograd_says_it_at_less_cost(monkeypatch, kind, replay, samples, listens):
    monkeypatch.setattr(RecordedLayer, "_listening_pays", RULE)
    steps = count_steps(monkeypatch, replay)
    module = kind(3, 128)
    with gv.record(module, samples=samples):
        module(torch.randn(3, 50, 3))[0].sum().backward()
    assert steps == {"run_block": 0 if listens else 3, "run_block_from_totals": 3 if listens else 0}


def test_the_recursion_takes_over_near_the_end_of_the_float_range(monkeypatch):
    """A gradient that falls by 2**-3 a step has 90 binary orders to fall, which is 30 steps."""
    steps = count_steps(monkeypatch, RNNReplay)
    module = nn.RNN(1, 4)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.zero_()
        module.weight_hh_l0.copy_(torch.eye(4) / 8)
    with gv.record(module) as tape:
        module(torch.zeros(100, 1, 1))[0][-1].sum().backward()
    log10 = tape.dataset[v.LOG10_GRAD_H].values[0, 0, 0, :, 0]
    expected = math.log10(2) - 3 * math.log10(2) * (99 - np.arange(100))
    np.testing.assert_allclose(log10, expected, rtol=1e-6)
    assert steps["run_block"] >= 70
    assert 25 <= steps["run_block_from_totals"] <= 60  # a cut block is begun again
    underflow = tape.dataset[v.UNDERFLOW].values[0, 0, 0, :, 0]
    np.testing.assert_array_equal(underflow, 3 * (99 - np.arange(100)) - 1 > 126)


def test_a_second_backward_pass_adds_up():
    module = nn.GRU(3, 5).double()
    x = torch.randn(12, 2, 3).double()
    with gv.record(module) as tape:
        out, _ = module(x)
        out[-1].pow(2).sum().backward(retain_graph=True)
        out[4].sum().backward()
    twin = Unrolled(module, x)
    (twin.out[-1].pow(2).sum() + twin.out[4].sum()).backward()
    found = tape.dataset[v.LOG10_GRAD_H].values[0, 0, 0]
    np.testing.assert_allclose(found, log10_norm(twin.gradient("h", 0, 0)), rtol=1e-6)


def test_a_gradient_that_is_asked_for_at_the_output_does_not_count_twice():
    module = nn.GRU(3, 5).double()
    x = torch.randn(9, 2, 3).double()
    with gv.record(module) as tape:
        out, _ = module(x)
        (at_output,) = torch.autograd.grad(out[-1].sum(), out, retain_graph=True)
        torch.autograd.backward(out, at_output)
    twin = Unrolled(module, x)
    twin.out[-1].sum().backward()
    found = tape.dataset[v.LOG10_GRAD_H].values[0, 0, 0]
    np.testing.assert_allclose(found, log10_norm(twin.gradient("h", 0, 0)), rtol=1e-6)


@pytest.mark.parametrize("batch", [2, 100])  # read from the graph, and calculated
@pytest.mark.parametrize("kind", [nn.RNN, nn.LSTM, nn.GRU])
def test_a_hook_of_the_users_that_changes_the_gradient_is_seen(kind, batch):
    module = kind(2, 4)
    with gv.record(module, samples=2) as tape:
        out, _ = module(torch.randn(6, batch, 2))
        out.register_hook(lambda gradient: gradient * torch.arange(6.0).view(6, 1, 1))
        out.sum().backward()
    dataset = tape.dataset.isel(step=0, layer=0, direction=0)
    direct = np.full((6, 2), 0.5 * math.log10(4))
    with np.errstate(divide="ignore"):
        direct += np.log10(np.arange(6.0))[:, None]
    np.testing.assert_allclose(dataset[v.LOG10_GRAD_H_DIRECT], direct, atol=1e-6)
    np.testing.assert_allclose(dataset[v.LOG10_GRAD_H][-1], direct[-1], atol=1e-6)


@pytest.mark.parametrize("bidirectional", [False, True])
def test_weights_that_change_within_the_backward_pass_come_too_late(bidirectional):
    """An optimiser that steps as soon as a weight has its gradient."""
    module = nn.GRU(3, 5, bidirectional=bidirectional)

    def descend(parameter):
        parameter.data.sub_(10 * parameter.grad)

    for parameter in module.parameters():
        parameter.register_post_accumulate_grad_hook(descend)
    x = torch.randn(9, 2, 3)
    twin = Unrolled(module, x)
    twin.out[-1].pow(2).sum().backward()
    with gv.record(module) as tape:
        module(x)[0][-1].pow(2).sum().backward()
    for direction in range(1 + bidirectional):
        found = tape.dataset[v.LOG10_GRAD_GATE].isel(step=0, layer=0, direction=direction, gate=1).values
        expected = log10_norm(twin.gradient("update", 0, direction))
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)
    assert tape.dataset.attrs["replay_error"] < 1e-6


def test_both_ways_record_the_same_of_every_chosen_sequence():
    module = nn.GRU(3, 8, 2, bidirectional=True)
    x = torch.randn(20, 7, 3)
    found = []
    for nodes in (state_nodes, lambda *_: []):
        with mock.patch.object(recorded_layer, "state_nodes", nodes), gv.record(module, samples=3) as tape:
            module(x)[0].pow(2).sum().backward()
        found.append(tape.dataset)
    for name in found[0].data_vars:
        np.testing.assert_allclose(found[0][name], found[1][name], rtol=1e-4, atol=1e-5, err_msg=name)
