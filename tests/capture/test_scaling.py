"""Gradients far beyond float range, and the cases whose answer is known exactly."""

import math

import numpy as np
import pytest
import torch
from torch import nn

import gradviz as gv
from gradviz import vocabulary as v
from gradviz.capture.log10_norm import log10_norm, unit_norm
from gradviz.capture.scaled_gradient import binary_exponent, times_power_of_two
from gradviz.capture.scaling import scaled_blocks
from gradviz.capture.upstream_gradient import UpstreamGradient
from gradviz.cells.layout import Block


def orthogonal(size, generator):
    q, r = torch.linalg.qr(torch.randn(size, size, generator=generator, dtype=torch.float64))
    return q * torch.sign(torch.diag(r))


def linear_rnn(recurrent):
    """A relu RNN that stays in its linear range: large positive bias, tiny recurrent states."""
    size = len(recurrent)
    module = nn.RNN(1, size, nonlinearity="relu")
    with torch.no_grad():
        module.weight_hh_l0.copy_(recurrent)
        module.weight_ih_l0.zero_()
        module.bias_ih_l0.zero_()
        module.bias_hh_l0.zero_()
    return module


def grad_norms(module, steps, *, state=None, loss=lambda out: out[-1].sum()):
    """log10 of the total gradient, (time,), for one sequence and a last-step loss."""
    with gv.record(module, samples=None) as tape:
        loss(module(torch.zeros(steps, 1, module.input_size), state)[0]).backward()
    return tape.dataset[v.LOG10_GRAD_H].values[0, -1, 0, :, 0]


def positive_drive(module, recurrent, bias=100.0):
    """Bias that keeps every relu open whatever the orthogonal part does."""
    with torch.no_grad():
        module.bias_ih_l0.fill_(bias)
    return module


def test_a_decay_of_one_decade_a_step_over_1000_steps_in_float32():
    generator = torch.Generator().manual_seed(0)
    recurrent = 0.1 * orthogonal(8, generator)
    module = positive_drive(linear_rnn(recurrent), recurrent)
    log10 = grad_norms(module, 1000)
    assert log10[0] - log10[-1] == pytest.approx(-999, abs=2e-3)
    np.testing.assert_allclose(np.diff(log10), 1, atol=2e-4)


def test_growth_past_the_float_range():
    generator = torch.Generator().manual_seed(1)
    recurrent = 10 * orthogonal(8, generator)
    with torch.no_grad():
        module = linear_rnn(recurrent)
    # zero input and a state of exact zeros would close every relu: tanh at zero is linear instead
    tanh = nn.RNN(1, 8)
    tanh.load_state_dict(module.state_dict())
    log10 = grad_norms(tanh, 300)
    assert log10[0] - log10[-1] == pytest.approx(299, abs=1e-3)
    assert np.isfinite(log10).all()


def test_general_linear_transient_of_a_non_normal_matrix():
    recurrent = torch.tensor([[0.9, 10.0], [0.0, 0.9]])
    tanh = nn.RNN(1, 2)
    with torch.no_grad():
        for parameter in tanh.parameters():
            parameter.zero_()
        tanh.weight_hh_l0.copy_(recurrent)
    e = torch.tensor([1.0, 0.0])
    log10 = grad_norms(tanh, 80, loss=lambda out: (out[-1, 0] * e).sum())
    power = np.eye(2)
    for lag in range(80):
        expected = math.log10(np.linalg.norm(power.T @ [1.0, 0.0]))
        assert log10[79 - lag] == pytest.approx(expected, abs=1e-5)
        power = power @ recurrent.numpy().astype(float)
    assert 10 ** max(log10) == pytest.approx(38.75, abs=0.02)
    assert 79 - int(np.argmax(log10)) == 9


@pytest.mark.parametrize(("w", "rate"), [(0.5, 0.5), (1.5, 0.39431), (2.0, 0.16637), (4.0, 0.00539)])
def test_scalar_tanh_larger_weights_vanish_faster(w, rate):
    module = nn.RNN(1, 1).double()
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.zero_()
        module.weight_hh_l0.fill_(w)
    state = torch.full((1, 1, 1), 0.5, dtype=torch.float64)
    with gv.record(module) as tape:
        module(torch.zeros(400, 1, 1, dtype=torch.float64), state)[0][-1].sum().backward()
    log10 = tape.dataset[v.LOG10_GRAD_H].values[0, 0, 0, :, 0]
    slope = np.diff(log10)[200:350]
    np.testing.assert_allclose(slope, -math.log10(rate), atol=1e-3)


def test_lstm_without_recurrent_weights_is_the_product_of_its_forget_gates():
    module = nn.LSTM(1, 4)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.zero_()
        module.bias_ih_l0[4:8] = 1.0
    with gv.record(module) as tape:
        module(torch.zeros(600, 1, 1), (torch.zeros(1, 1, 4), torch.ones(1, 1, 4)))[1][1].sum().backward()
    log10 = tape.dataset[v.LOG10_GRAD_C].values[0, 0, 0, :, 0]
    np.testing.assert_allclose(np.diff(log10), -math.log10(1 / (1 + math.exp(-1))), atol=2e-4)
    assert np.isneginf(tape.dataset[v.LOG10_GRAD_H].values).all()


def test_gru_with_an_open_update_gate_keeps_the_gradient():
    module = nn.GRU(1, 4)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.zero_()
        module.bias_ih_l0[4:8] = 100.0
    log10 = grad_norms(module, 500)
    np.testing.assert_allclose(log10, math.log10(2), atol=1e-6)  # sqrt of 4 units


def test_gru_without_recurrent_weights_multiplies_by_its_update_gate():
    module = nn.GRU(1, 3)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.zero_()
        module.bias_ih_l0[3:6] = torch.tensor([-1.0, 0.0, 2.0])
    log10 = grad_norms(module, 300)
    z = 1 / (1 + np.exp([1.0, 0.0, -2.0]))
    lag = np.arange(300)[::-1]
    expected = np.log10(np.linalg.norm(z[None] ** lag[:, None], axis=1))
    np.testing.assert_allclose(log10, expected, atol=1e-4)


@pytest.mark.parametrize("nonlinearity", ["tanh", "relu"])
def test_the_bound_of_pascanu_et_al_is_never_crossed(nonlinearity):
    """No step multiplies the gradient by more than the largest singular value, the slope being at most 1."""
    module = nn.RNN(2, 16, nonlinearity=nonlinearity)
    with torch.no_grad():
        module.weight_hh_l0.mul_(3)
    with gv.record(module, samples=None, detail="full") as tape:
        module(torch.randn(60, 8, 2))[0][-1].sum().backward()
    ds = tape.dataset.isel(step=0, layer=0, direction=0)
    largest = ds[v.LARGEST_SINGULAR_VALUE].item()
    assert largest > 1
    assert (-ds[v.LOG10_GRAD_H].diff("time") <= math.log10(largest) + 1e-5).all()


def test_relu_rnn_keeps_or_kills_each_unit():
    module = nn.RNN(1, 4, nonlinearity="relu")
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.zero_()
        module.weight_hh_l0.copy_(torch.eye(4))
    state = torch.tensor([1.0, 2.0, 0.0, -1.0]).view(1, 1, 4)
    log10 = grad_norms(module, 50, state=state)
    np.testing.assert_allclose(log10[:-1], math.log10(math.sqrt(2)), atol=1e-6)


def test_zero_overflow_and_underflow_stay_apart():
    module = nn.RNN(1, 4, nonlinearity="relu")
    with torch.no_grad():
        module.bias_ih_l0.fill_(-100)
    assert np.isneginf(grad_norms(module, 10)[:-1]).all()
    vanishing = nn.RNN(1, 4)
    with torch.no_grad():
        vanishing.weight_hh_l0.copy_(0.1 * torch.eye(4))
    with gv.record(vanishing) as tape:
        vanishing(torch.zeros(60, 1, 1))[0][-1].sum().backward()
    below = tape.dataset[v.UNDERFLOW].values[0, 0, 0, :, 0]
    log10 = tape.dataset[v.LOG10_GRAD_H].values[0, 0, 0, :, 0]
    np.testing.assert_array_equal(below, log10 < math.log10(torch.finfo(torch.float32).tiny))
    assert 15 < below.sum() < 30
    with gv.record(vanishing) as tape:
        (vanishing(torch.zeros(5, 1, 1))[0][-1].sum() * math.inf).backward()
    assert np.isposinf(tape.dataset[v.LOG10_GRAD_H].values[0, 0, 0, -1, 0])


def test_a_late_direct_gradient_is_not_lost_behind_a_vanished_one():
    module = nn.RNN(1, 4)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.zero_()
        module.weight_hh_l0.copy_(0.01 * torch.eye(4))
    log10 = grad_norms(module, 200, loss=lambda out: out[-1].sum() + out[97].sum())
    lag = np.where(np.arange(200) > 97, 199 - np.arange(200), 97 - np.arange(200))
    np.testing.assert_allclose(log10, math.log10(2) - 2 * lag, atol=1e-3)


def test_binary_exponent_and_scaling_by_hand():
    values = torch.tensor([[0.0, 0.0], [1.0, -3.0], [2.0**-140, 0.0], [torch.inf, 1.0]])
    exponent = binary_exponent(values.abs().amax(-1))
    assert exponent.tolist()[1:] == [2.0, -139.0, 0.0]
    assert exponent[0] < -(2**39)
    scaled = times_power_of_two(values, -exponent)
    assert scaled[1].tolist() == [0.25, -0.75]
    assert scaled[2].tolist() == [0.5, 0.0]
    norm = torch.tensor([[0.0, 2.0, torch.nan]], dtype=torch.float64)
    shifted = log10_norm(norm, torch.tensor([0.0, 10.0, 0.0], dtype=torch.float64))
    assert shifted[0, 0] == -torch.inf
    assert shifted[0, 2] == torch.inf
    assert shifted[0, 1] == pytest.approx(11 * math.log10(2))


def test_norms_whose_squares_leave_the_float_range():
    values = torch.tensor([[3.0, 4.0], [3e-30, 4e-30], [3e30, 4e30], [0.0, 0.0]])
    few = torch.cat([torch.ones(100, 2), values])
    expected = torch.tensor([5.0, 5e-30, 5e30, 0.0], dtype=torch.float64)
    for found in (unit_norm(values), unit_norm(few)[100:]):
        torch.testing.assert_close(found, expected, rtol=1e-6, atol=0)


def test_a_cell_gradient_far_below_the_state_gradient_is_no_zero():
    """A saturated cell: dL/dc = dL/dh o (1 - tanh² c), with c half of c_0."""
    module = nn.LSTM(1, 2)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.zero_()
    c0 = torch.full((1, 1, 2), 9.0)
    with gv.record(module) as tape:
        module(torch.zeros(1, 1, 1), (torch.zeros(1, 1, 2), c0))[0].sum().backward()
    found = tape.dataset[v.LOG10_GRAD_C].item()
    expected = math.log10(math.sqrt(2) * 0.5 * (1 - math.tanh(9.0 / 2) ** 2))
    assert found == pytest.approx(expected, abs=1e-3)


def test_blocks_are_cut_where_the_gradient_leaves_its_scale():
    class Halving:
        """One unit whose gradient falls by 2**-8 a step."""

        h = torch.zeros(100, 1, 1)

        def nothing_carried(self):
            return (torch.zeros(1, 1),)

        def run_block(self, first, stop, grad_h, direct_c, carry):
            (later,) = carry
            for t in range(stop - first - 1, -1, -1):
                grad_h[t] += later
                later = grad_h[t] / 256
            recurrent_gradient = grad_h / 256
            return Block(grad_h, None, recurrent_gradient.unsqueeze(2), recurrent_gradient, None)

    direct = torch.zeros(100, 1, 1)
    direct[-1] = 1
    blocks = list(scaled_blocks(Halving(), UpstreamGradient(direct, None)))
    assert [b.first for b in blocks[:-1]] == [b.stop for b in blocks[1:]]
    assert blocks[-1].first == 0
    log10 = torch.cat([log10_norm(b.norm_h, b.exponent) for b in reversed(blocks)]).flatten()
    expected = -(99 - torch.arange(100.0, dtype=torch.float64)) * 8 * math.log10(2)
    torch.testing.assert_close(log10, expected, rtol=1e-12, atol=1e-12)
    assert len(blocks) < 40


@pytest.mark.parametrize("power", [-200, 200])
def test_squares_of_float64_may_leave_its_range(power):
    values = torch.tensor([[3.0, 4.0], [0.0, 0.0], [math.inf, 1.0]], dtype=torch.float64) * 10.0**power
    assert unit_norm(values)[0].item() == pytest.approx(5 * 10.0**power)
    assert unit_norm(values)[1].item() == 0
    assert not math.isfinite(unit_norm(values)[2])


def test_what_an_upper_layer_lost_is_marked_in_the_layer_below():
    """Where the layer above underflows, autograd gives the layer below zeros: those the training had."""
    module = nn.RNN(4, 4, 2)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.zero_()
        module.weight_ih_l0.copy_(torch.eye(4))
        module.weight_ih_l1.copy_(torch.eye(4) / 2)
        module.weight_hh_l1.copy_(torch.eye(4) / 10)
    with gv.record(module) as tape:
        module(torch.zeros(120, 1, 4))[0][-1].sum().backward()
    below = tape.dataset.isel(step=0, layer=0, direction=0, sample=0)
    np.testing.assert_allclose(below[v.LOG10_GRAD_H], np.arange(-119, 1), atol=1e-4)
    np.testing.assert_array_equal(below[v.UNDERFLOW].values[:70], 1)
    np.testing.assert_array_equal(below[v.UNDERFLOW].values[90:], 0)
