"""What a layer sends to the one below it, far beyond the float range of the training."""

import math
from unittest import mock

import numpy as np
import pytest
import torch
from capture.sequence_twin import SequenceTwin
from capture.slow_recurrence import SlowRecurrence
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence
from twin import Unrolled

import gradviz as gv
from gradviz import vocabulary as v
from gradviz.capture import recorded_layer

KINDS = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}
TINY = math.log10(torch.finfo(torch.float32).tiny)
WITHIN = 1e-4  # of log10


def log10_norm(values):
    """Of the 2-norm over units, also where the squares leave the range of float64; -inf for zero."""
    values = np.asarray(values)
    largest = np.abs(values).max(-1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = np.log10(np.linalg.norm(values / largest, axis=-1))
        return np.where(largest[..., 0] == 0, -np.inf, relative + np.log10(largest[..., 0]))


def decaying(kind, layers=2, *, rate=0.6, **options):
    """A float32 module whose gradient falls by about ``rate`` a step in every layer."""
    module = KINDS[kind](3, 6, layers, **options)
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            if "weight_hh" in name and kind == "rnn":
                parameter.copy_(rate * nn.init.orthogonal_(torch.empty(6, 6)))
            elif "weight_hh" in name:
                parameter.mul_(0.1)
            elif "weight_ih" in name:
                parameter.mul_(0.5)
            elif "bias_ih" in name and kind != "rnn":  # the forget gate, the update gate
                parameter[6:12] = math.log(rate / (1 - rate))
    return module


def assert_equal(dataset, twin, *, with_gates=True):
    """Total, direct and gate gradients of every layer and direction agree with the unrolled twin."""
    gates = v.CELLS[dataset.attrs[v.CELL]].gates if with_gates else ()
    for layer in range(dataset.sizes["layer"]):
        for direction in range(dataset.sizes["direction"]):
            here = dataset.isel(step=0, layer=layer, direction=direction)
            wanted = {v.LOG10_GRAD_H: "h", v.LOG10_GRAD_H_DIRECT: "up"}
            for name, kind in wanted.items():
                assert_log10(
                    here[name].values,
                    log10_norm(twin.gradient(kind, layer, direction)),
                    f"{name}, layer {layer}, direction {direction}",
                )
            for number, gate in enumerate(gates):
                assert_log10(
                    here[v.LOG10_GRAD_GATE].isel(gate=number).values,
                    log10_norm(twin.gradient(gate, layer, direction)),
                    f"{gate}, layer {layer}, direction {direction}",
                )


def assert_log10(found, expected, what):
    np.testing.assert_array_equal(np.isneginf(found), np.isneginf(expected), err_msg=what)
    there = np.isfinite(expected)
    np.testing.assert_allclose(found[there], expected[there], rtol=0, atol=WITHIN, err_msg=what)


def check_underflow(dataset, module, x, loss):
    """It is marked where torch's own gradient in float32 is zero or subnormal, though the true one is not 0.

    In the first steps in which it is normal again it has few digits.  These are left out.
    """
    for (layer, direction), values in trained_with(module, x, loss).items():
        here = dataset.isel(step=0, layer=layer, direction=direction)
        log10 = log10_norm(values.double())
        expected = (log10 < TINY) & (here[v.LOG10_GRAD_H].values > -np.inf)
        is_clear = np.abs(log10 - TINY - 0.5) > 2
        np.testing.assert_array_equal(here[v.UNDERFLOW].values[is_clear] > 0, expected[is_clear])


def trained_with(module, x, loss):
    """{(layer, direction): (time, batch, unit)}, torch's own gradient at every state in float32."""
    slow = SlowRecurrence(module)
    loss(slow(x)[0]).backward()
    return {
        where: torch.stack([step.h.grad for step in sorted(steps, key=lambda step: step.time)])
        for where, steps in slow.steps.items()
    }


def last(out):
    return out[-1].sum()


@pytest.mark.parametrize("kind", KINDS)
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


@pytest.mark.parametrize("kind", KINDS)
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


@pytest.mark.parametrize("kind", ["lstm", "gru"])
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


@pytest.mark.parametrize("kind", KINDS)
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


@pytest.mark.parametrize("kind", KINDS)
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


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("bidirectional", [False, True])
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
