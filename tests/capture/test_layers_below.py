"""What a layer sends to the one below it, far beyond the float range of the training."""

import math
from unittest import mock

import numpy as np
import pytest
import torch
from capture.decaying_layers import (
    KINDS,
    assert_equal,
    assert_log10,
    check_underflow,
    decaying,
    last,
    log10_norm,
)
from capture.sequence_twin import SequenceTwin
from capture.touched import slow
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence
from twin import Unrolled

import gradviz as gv
from gradviz import vocabulary as v
from gradviz.capture import recorded_layer


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["lstm", *slow("rnn", "gru")])
def test_three_layers_are_exact_at_a_thousand_steps(kind):
    module, x = decaying(kind, 3), torch.randn(1000, 2, 3)
    with gv.record(module, samples=None) as tape:
        last(module(x)[0]).backward()
    twin = Unrolled(module, x)
    last(twin.out).backward()
    assert_equal(tape.dataset, twin)
    total = tape.dataset[v.LOG10_GRAD_H].values
    assert (total[0, :, 0, 0] < -150).all()
    assert np.isfinite(total).all()


@pytest.mark.parametrize("kind", ["rnn", *slow("lstm", "gru")])
@pytest.mark.parametrize("from_graph", [False, True])
def test_both_directions_of_a_stack_are_exact(kind, from_graph):
    module, x = decaying(kind, 2, rate=0.5, bidirectional=True), torch.randn(400, 3, 3)
    nodes = recorded_layer.state_nodes if from_graph else lambda *_: []

    def loss(out):
        return out[-1].sum() + out[150, 1].sum()

    with mock.patch.object(recorded_layer, "state_nodes", nodes), gv.record(module, samples=None) as tape:
        loss(module(x)[0]).backward()
    twin = Unrolled(module, x)
    loss(twin.out).backward()
    assert_equal(tape.dataset, twin)
    check_underflow(tape.dataset, module, x, loss)


@pytest.mark.parametrize("kind", ["lstm", *slow("gru")])
@pytest.mark.parametrize("packs", [False, True])
def test_dropout_between_the_layers(kind, packs):
    """Where saved tensors are packed by hooks, the mask is told by the values."""
    module, x = decaying(kind, 3, rate=0.5, dropout=0.4), torch.randn(250, 2, 3)

    def run(model):
        return last(model(x.to(next(model.parameters()).dtype))[0])

    torch.manual_seed(5)
    with gv.record(module, samples=None) as tape:
        if packs:
            with torch.autograd.graph.save_on_cpu():
                loss = run(module)
        else:
            loss = run(module)
        loss.backward()
    twin = SequenceTwin(module, "", run, seed=5)
    for layer in range(3):
        here = tape.dataset.isel(step=0, layer=layer, direction=0)
        for name, table in ((v.LOG10_GRAD_H, "h"), (v.LOG10_GRAD_H_DIRECT, "direct")):
            assert_log10(here[name].values, log10_norm(twin.table(table, layer)), name)
    assert tape.dataset[v.LOG10_GRAD_H].values[0, 0].min() < -50


def test_a_mask_that_cannot_be_told_leaves_what_autograd_has_sent():
    """Some states of a relu are 0 before and after the dropout, and the saved tensors belong to a hook."""
    module = nn.RNN(3, 6, 2, nonlinearity="relu", dropout=0.5)
    x = torch.randn(12, 2, 3)

    def run(model):
        return last(model(x.to(next(model.parameters()).dtype))[0])

    torch.manual_seed(5)
    with gv.record(module, samples=None) as tape, torch.autograd.graph.save_on_cpu():
        run(module).backward()
    twin = SequenceTwin(module, "", run, seed=5)
    found = tape.dataset[v.LOG10_GRAD_H_DIRECT][0, 0, 0].values
    assert_log10(found, log10_norm(twin.table("direct", 0)), "direct")


def test_what_the_upper_layer_lost_is_marked_below_a_mask_that_cannot_be_told():
    """Autograd has sent zeros to the lower layer there, and nothing could be sent in their place."""
    module = nn.RNN(4, 4, 2, nonlinearity="relu", dropout=0.5)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.zero_()
        module.weight_ih_l0[:3, :3] = torch.eye(3)  # the fourth unit is 0 before and after the dropout
        module.weight_ih_l1.copy_(torch.eye(4))
        module.weight_hh_l1.copy_(torch.eye(4) / 10)
        module.bias_ih_l1.fill_(0.1)
    torch.manual_seed(5)
    with gv.record(module, samples=None) as tape, torch.autograd.graph.save_on_cpu():
        last(module(torch.ones(90, 1, 4))[0]).backward()
    lower, upper = tape.dataset[v.UNDERFLOW][0, :, 0, :, 0].values
    np.testing.assert_array_equal(upper, np.arange(90) < 51)  # 2 * 10^-(89 - t) is subnormal
    np.testing.assert_array_equal(lower, upper)
    below = tape.dataset[v.LOG10_GRAD_H][0, 0, 0, :, 0].values
    assert np.isneginf(below[:40]).all()  # as autograd has them
    assert np.isneginf(below[54:]).any()  # where the dropout sends nothing: no underflow


@pytest.mark.parametrize("kind", ["gru", *slow("rnn", "lstm")])
@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_two_backward_passes_add_up(kind, order):
    """One through the outputs, the other through the last states of all layers."""
    module, x = decaying(kind, 2, rate=0.5), torch.randn(300, 2, 3)

    def losses(out, state):
        return [out[-1].sum(), 1e-9 * out[100].sum() + 1e-3 * state.sum()]

    with gv.record(module, samples=None) as tape:
        out, state = module(x)
        both = losses(out, state[0] if kind == "lstm" else state)
        both[order[0]].backward(retain_graph=True)
        both[order[1]].backward()
    twin = Unrolled(module, x)
    sum(losses(twin.out, twin.h_n)).backward()
    assert_equal(tape.dataset, twin)


@pytest.mark.parametrize("kind", ["lstm", *slow("rnn", "gru")])
@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_pass_that_ends_in_the_upper_layer_does_not_count_below(kind, order):
    module, x = KINDS[kind](3, 6, 2), torch.randn(9, 2, 3)
    with gv.record(module, samples=None) as tape:
        out, _ = module(x)
        for ends_above in order:
            if ends_above:
                torch.autograd.grad(out[4].sum(), module.weight_hh_l1, retain_graph=True)
            else:
                last(out).backward(retain_graph=True)
    twin = Unrolled(module, x)
    last(twin.out).backward()
    found = tape.dataset[v.LOG10_GRAD_H][0, 0, 0].values
    assert_log10(found, log10_norm(twin.gradient("h", 0, 0)), "below")


@pytest.mark.parametrize("kind", ["gru", *slow("rnn", "lstm")])
@pytest.mark.parametrize("bidirectional", [*slow(False), True])
def test_every_packed_sequence_is_what_it_is_alone(kind, bidirectional):
    lengths = [130, 300, 1, 210]
    module = decaying(kind, 2, rate=0.5, bidirectional=bidirectional)
    x = torch.randn(300, 4, 3)
    with gv.record(module, samples=None) as tape:
        _, state = module(pack_padded_sequence(x, lengths, enforce_sorted=False))
        h_n = state[0] if kind == "lstm" else state
        (h_n[2 if bidirectional else 1].sum() + 1e-25 * h_n[0].sum()).backward()
    for sample, length in enumerate(lengths):
        twin = Unrolled(module, x[:length, sample : sample + 1])
        (twin.h_n[2 if bidirectional else 1].sum() + 1e-25 * twin.h_n[0].sum()).backward()
        assert_equal(tape.dataset.isel(time=slice(length), sample=[sample]), twin)


@pytest.mark.parametrize("kind", KINDS)
def test_an_exact_zero_stays_one(kind):
    module, x = decaying(kind), torch.randn(20, 2, 3)
    with gv.record(module, samples=None) as tape:
        module(x)[0][5].sum().backward()
    for name in (v.LOG10_GRAD_H, v.LOG10_GRAD_H_DIRECT):
        assert np.isneginf(tape.dataset[name].values[..., 6:, :]).all()
        assert np.isfinite(tape.dataset[name].values[0, 0, 0, :6]).all()
    assert not tape.dataset[v.UNDERFLOW].values.any()


def test_below_dead_relus_there_is_exactly_nothing():
    module = nn.RNN(3, 4, 2, nonlinearity="relu")
    with torch.no_grad():
        module.bias_ih_l1.fill_(-100)
    with gv.record(module) as tape:
        module(torch.randn(10, 1, 3))[0].sum().backward()
    below = tape.dataset.isel(step=0, layer=0)
    assert np.isneginf(below[v.LOG10_GRAD_H].values).all()
    assert np.isneginf(below[v.LOG10_GRAD_H_DIRECT].values).all()
    assert not below[v.UNDERFLOW].values.any()


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_not_finite_above_is_not_finite_below(kind):
    module = KINDS[kind](3, 4, 2)
    for factor in (math.inf, math.nan):
        with gv.record(module, samples=None) as tape:
            (module(torch.randn(5, 2, 3))[0][3, 0].sum() * factor).backward()
        total = tape.dataset[v.LOG10_GRAD_H].values[0, :, 0]
        assert np.isposinf(total[:, :4, 0]).all()
