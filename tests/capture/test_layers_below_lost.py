"""What is lost in training between two layers, and what pieces of a sequence send to the layer below."""

from unittest import mock

import numpy as np
import pytest
import torch
from capture.decaying_layers import (
    KINDS,
    TINY,
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


@pytest.mark.parametrize("kind", ["lstm", *slow("rnn", "gru")])
def test_pieces_are_exact_in_every_layer(kind):
    module, x = decaying(kind, 3, rate=0.5), torch.randn(280, 2, 3)
    with gv.record(module, samples=None) as tape:
        state, outs = None, []
        for piece in x.split(7):
            out, state = module(piece, state)
            outs.append(out)
        h_n = state[0] if kind == "lstm" else state
        (last(outs[-1]) + outs[20][3, 1].sum() + 1e-12 * h_n[0].sum()).backward()
    twin = Unrolled(module, x)
    (last(twin.out) + twin.out[143, 1].sum() + 1e-12 * twin.h_n[0].sum()).backward()
    assert_equal(tape.dataset, twin)
    below = tape.dataset.isel(step=0, layer=0, direction=0, sample=0)
    np.testing.assert_array_equal(below[v.UNDERFLOW].values, below[v.LOG10_GRAD_H].values < TINY)


@pytest.mark.parametrize("kind", ["lstm", "gru"])
def test_pieces_with_dropout_and_a_state_that_is_touched(kind):
    module, x = decaying(kind, 2, rate=0.5, dropout=0.4), torch.randn(210, 2, 3)

    def run(model):
        state, values = None, x.to(next(model.parameters()).dtype)
        for piece in values.split(7):
            out, state = model(piece, state)
            state = tuple(part * 0.9 for part in state) if kind == "lstm" else state * 0.9
        return last(out)

    torch.manual_seed(3)
    with gv.record(module, samples=None) as tape:
        run(module).backward()
    twin = SequenceTwin(module, "", run, seed=3)
    for layer in range(2):
        here = tape.dataset.isel(step=0, layer=layer, direction=0)
        for name, table in ((v.LOG10_GRAD_H, "h"), (v.LOG10_GRAD_H_DIRECT, "direct")):
            assert_log10(here[name].values, log10_norm(twin.table(table, layer)), name)


def test_packed_pieces_are_exact_in_every_layer():
    module = decaying("gru", 2, rate=0.4)
    lengths = [[90, 90, 90], [70, 100, 110]]
    pieces = [
        pack_padded_sequence(torch.randn(max(each), 3, 3), each, enforce_sorted=False) for each in lengths
    ]

    def run(model):
        state, dtype = None, next(model.parameters()).dtype
        for piece in pieces:
            _, state = model(piece.to(dtype), state)
        return state[-1].sum()

    with gv.record(module, samples=None) as tape:
        run(module).backward()
    twin = SequenceTwin(module, "", run)
    for layer in range(2):
        here = tape.dataset.isel(step=0, layer=layer, direction=0)
        for sample, of_sample in enumerate(zip(*lengths, strict=True)):
            expected = log10_norm(twin.table("h", layer))[:, sample]
            expected = expected[~np.isnan(expected)]
            found = here[v.LOG10_GRAD_H].values[:, sample]
            found = found[~np.isnan(found)]
            assert len(found) == sum(of_sample)
            assert_log10(found, expected, f"layer {layer}, sample {sample}")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("from_graph", [False, True])
def test_a_gradient_that_is_lost_between_the_layers(kind, from_graph):
    """It is in the float range of the upper layer, and nowhere in that of the lower one."""
    module, x = KINDS[kind](3, 6, 2), torch.randn(30, 2, 3)
    with torch.no_grad():
        module.weight_ih_l1.mul_(1e-25)
    nodes = recorded_layer.state_nodes if from_graph else lambda *_: []
    with mock.patch.object(recorded_layer, "state_nodes", nodes), gv.record(module, samples=None) as tape:
        (1e-25 * last(module(x)[0])).backward()
    twin = Unrolled(module, x)
    (1e-25 * last(twin.out)).backward()
    assert_equal(tape.dataset, twin, with_gates=False)  # in a state at rest h⁻ - n has few digits
    assert tape.dataset[v.UNDERFLOW].values[0, 0].all()
    assert not tape.dataset[v.UNDERFLOW].values[0, 1, 0, -10:].any()


@pytest.mark.parametrize("pieces", [5, 40])
def test_what_the_weights_raise_again_was_lost_in_training(pieces):
    """An input gate that is all but closed lowers the gradient by 1e-26, and the weight raises it by 1e20."""
    module = nn.LSTM(1, 2, 2)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.zero_()
        module.bias_ih_l1[:2] = -60
        module.weight_ih_l1[4:6] = 1e20 * torch.eye(2)
    x = torch.zeros(40, 1, 1)
    with gv.record(module) as tape:
        state = None
        for piece in x.split(pieces):
            out, state = module(piece, state)
        (1e-25 * last(out)).backward()
    twin = Unrolled(module, x)
    (1e-25 * last(twin.out)).backward()
    assert_equal(tape.dataset, twin)
    here = tape.dataset.isel(step=0, layer=0, direction=0)
    assert (here[v.LOG10_GRAD_H][-10:] > TINY).all()
    assert here[v.UNDERFLOW].values.all()


@pytest.mark.parametrize("from_graph", [False, True])
def test_what_the_lower_layer_raises_again_was_lost_in_training(from_graph):
    """Its reverse direction raises by 20 a step what the upper layer lowers by 10.

    The true gradient comes from the steps at which the upper one underflows, while autograd's has all digits
    of what is left.
    """
    module = nn.RNN(2, 2, 2, bidirectional=True)
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            parameter.zero_()
            if name == "weight_ih_l1":
                parameter.copy_(torch.tensor([[0.5, 0, 0, 0], [0, 0, 0.5, 0.5]]))
        module.weight_hh_l1.copy_(torch.eye(2) / 10)
        module.weight_hh_l0_reverse.copy_(20 * torch.eye(2))
    x = torch.zeros(60, 1, 2)
    nodes = recorded_layer.state_nodes if from_graph else lambda *_: []
    with mock.patch.object(recorded_layer, "state_nodes", nodes), gv.record(module) as tape:
        last(module(x)[0]).backward()
    twin = Unrolled(module, x)
    last(twin.out).backward()
    assert_equal(tape.dataset, twin)
    check_underflow(tape.dataset, module, x, last)
    here = tape.dataset.isel(step=0, layer=0, direction=1)
    assert ((here[v.UNDERFLOW] > 0) & (here[v.LOG10_GRAD_H] > TINY)).any()
    assert not here[v.UNDERFLOW].values[25:].any()


@pytest.mark.parametrize("kind", KINDS)
def test_a_gradient_that_enters_far_below_the_scale_is_not_lost(kind):
    """After the step that the loss reads nothing has arrived, so that the scale is that of plain floats."""
    module, x = KINDS[kind](3, 6, 2), torch.randn(100, 2, 3)
    with torch.no_grad():
        module.weight_ih_l1.mul_(1e-30)
    with gv.record(module, samples=None) as tape:
        (1e-30 * module(x)[0][40].sum()).backward()
    twin = Unrolled(module, x)
    (1e-30 * twin.out[40].sum()).backward()
    assert_equal(tape.dataset, twin, with_gates=False)
    assert np.isfinite(tape.dataset[v.LOG10_GRAD_H].values[0, 0, 0, :41]).all()
