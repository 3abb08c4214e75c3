"""The adjoint in JavaScript: totals, gates' and weights' gradients are autograd's, at every step."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from report.core.javascript import new_core
from report.core.sequences import NAMES, SHAPES, Sequences
from twin import Unrolled, log10_norm

from gradviz.cell_descriptions import CELLS

TOLERANCE = {"rtol": 1e-10, "atol": 1e-11}


def autograd(case):
    """The unrolled twin after its backward pass; the loss reads every h, and every c of an LSTM."""
    case.x.requires_grad_()
    twin = Unrolled(case.module, case.x, case.h0[None], None if case.c0 is None else case.c0[None])
    loss = (twin.out * case.direct_h).sum()
    if case.direct_c is not None:
        loss = loss + sum((twin.seen[0, 0]["c", t] * case.direct_c[t]).sum() for t in range(case.time))
    loss.backward()
    return twin


def check_backward(core, case):
    twin = autograd(case)
    found = case.passes(core)
    total = twin.gradient("h", 0, 0)
    np.testing.assert_allclose(found["gradH"], total, **TOLERANCE)
    np.testing.assert_allclose(found["log10GradH"], log10_norm(total), rtol=0, atol=1e-10)
    if case.name == "lstm":
        total = twin.gradient("c", 0, 0)
        np.testing.assert_allclose(found["gradC"], total, **TOLERANCE)
        np.testing.assert_allclose(found["log10GradC"], log10_norm(total), rtol=0, atol=1e-10)
    at_gates = [twin.gradient(gate, 0, 0) for gate in CELLS[case.name].gates]
    np.testing.assert_allclose(found["gradGates"], torch.stack(at_gates, 2), **TOLERANCE)
    names = ["weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"]
    for name, gradient in zip(names, found["parameters"], strict=True):
        np.testing.assert_allclose(gradient, twin.weights[name].grad.ravel(), **TOLERANCE, err_msg=name)
    np.testing.assert_allclose(found["gradX"], case.x.grad, **TOLERANCE)
    if case.name == "gru":
        at_gates[2] = at_gates[2] * torch.tensor(found["gates"])[:, :, 0]
        np.testing.assert_allclose(found["recurrentGradient"], torch.stack(at_gates, 2), **TOLERANCE)
    assert (found["exponent"] == 0).all()


@pytest.mark.parametrize("name", NAMES)
def test_every_gradient_is_autograds(core, name):
    check_backward(core, Sequences(name, time=40, batch=5, inputs=3, hidden=9))


@pytest.mark.parametrize("name", NAMES)
@given(shape=SHAPES)
@settings(max_examples=15, deadline=None)
def test_for_every_shape(core, name, shape):
    check_backward(core, Sequences(name, **shape))


@pytest.mark.parametrize("name", NAMES)
@given(seed=st.integers(0, 1000), t=st.integers(0, 5))
@settings(max_examples=6, deadline=None)
def test_nothing_reaches_a_step_after_the_one_that_the_loss_reads(core, name, seed, t):
    torch.manual_seed(seed)
    case = Sequences(name, time=6)
    case.direct_h[t + 1 :] = 0
    if case.direct_c is not None:
        case.direct_c.zero_()
    check_backward(core, case)
    found = case.passes(core)
    assert (found["gradH"][t + 1 :] == 0).all()
    assert (found["log10GradH"][t + 1 :] == -math.inf).all()
    assert np.isfinite(found["log10GradH"][: t + 1]).all()


def test_weights_gradients_are_those_of_torchs_own_layer(core):
    case = Sequences("gru", time=12)
    (case.module(case.x, case.h0[None])[0] * case.direct_h).sum().backward()
    for gradient, parameter in zip(case.passes(core)["parameters"], case.module.parameters(), strict=True):
        np.testing.assert_allclose(gradient, parameter.grad.ravel(), **TOLERANCE)


def test_one_step_of_an_lstm_by_hand(core):
    """Zero weights and biases (i, f, g, o) = (0, ln 3, 1, -ln 3): f = 3/4, o = 1/4."""
    case = Sequences("lstm", time=1, batch=1, inputs=1, hidden=1)
    with torch.no_grad():
        for parameter in case.module.parameters():
            parameter.zero_()
        case.module.bias_ih_l0.copy_(torch.tensor([0, math.log(3), 1, -math.log(3)], dtype=torch.float64))
    case.c0 = torch.full((1, 1), 0.5, dtype=torch.float64)
    case.direct_h, case.direct_c = torch.full((1, 1, 1), 2.0), torch.full((1, 1, 1), 3.0)
    found = case.passes(core)
    g = math.tanh(1)
    squashed = math.tanh(0.75 * 0.5 + 0.5 * g)
    of_c = 3 + 2 * 0.25 * (1 - squashed**2)
    assert found["gradH"].item() == 2
    assert found["gradC"].item() == pytest.approx(of_c, rel=1e-14)
    expected = [of_c * g / 4, of_c * 0.5 * 3 / 16, of_c * 0.5 * (1 - g**2), 2 * squashed * 3 / 16]
    assert found["gradGates"].ravel().tolist() == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("rnn", "gradH[k] * (1 - gates[k] * gates[k])", "gradH[k] * (1 + gates[k] * gates[k])"),
        ("lstm", "gradC[at + j] += gradH[at + j]", "gradC[at + j] -= gradH[at + j]"),
        ("lstm", "ofC * c[at + j] * f * (1 - f)", "-ofC * c[at + j] * f * (1 - f)"),
        ("gru", "ofH * (h[at + j] - n) * z * (1 - z)", "ofH * (n - h[at + j]) * z * (1 - z)"),
        ("gru", "recurrentGradient[candidate] = ofN * r", "recurrentGradient[candidate] = ofN"),
        ("gru", "+= gates[gate + j] * gradient[at + j]", "-= gates[gate + j] * gradient[at + j]"),
    ],
)
def test_a_wrong_sign_or_factor_is_noticed(name, old, new):
    with pytest.raises(AssertionError, match="Not equal to tolerance"):
        check_backward(new_core([(old, new)]), Sequences(name))
