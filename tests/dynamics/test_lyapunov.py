"""Exponents of constant, diagonal and random Jacobians, their sum, and the mean-field line."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from step_twin import CONFIGURATIONS
from torch import nn

from gradviz.dynamics.lyapunov import growth, lyapunov_exponents, lyapunov_spectrum
from gradviz.dynamics.step_jacobians import step_jacobians


def turned(eigenvalues):
    """A matrix with those real eigenvalues and no symmetry."""
    v = torch.randn(len(eigenvalues), len(eigenvalues)).double()
    return v @ torch.diag(torch.tensor(eigenvalues, dtype=torch.float64)) @ torch.linalg.inv(v)


def test_a_constant_jacobian_has_the_logarithms_of_its_eigenvalues():
    eigenvalues = [2.0, -0.9, 0.5, 0.01]
    jacobians = turned(eigenvalues).expand(400, 4, 4)
    expected = np.log(np.abs(eigenvalues))
    np.testing.assert_allclose(lyapunov_exponents(jacobians, warmup=200), expected, atol=1e-10)
    np.testing.assert_allclose(lyapunov_exponents(jacobians, warmup=200, k=2), expected[:2], atol=1e-10)


def test_a_scaled_rotation_has_one_exponent_twice():
    angle = 0.3
    turn = 1.5 * np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    found = lyapunov_exponents(np.broadcast_to(turn, (9, 2, 2)))
    np.testing.assert_allclose(found, [math.log(1.5)] * 2, atol=1e-12)
    np.testing.assert_allclose(found["standard_error"], 0, atol=1e-12)
    assert found.attrs["units"] == "nats per time step"


def test_an_lstm_without_recurrent_weights_has_the_mean_logarithms_of_its_forget_gates():
    """In the state (h, c), h does not depend on h, and each c decays by its forget gate."""
    module = nn.LSTM(1, 3).double()
    with torch.no_grad():
        module.weight_hh_l0.zero_()
    x = 3 * torch.randn(50, 1, 1).double()
    forget = torch.sigmoid(
        x[:, 0] @ module.weight_ih_l0[3:6].T + (module.bias_ih_l0 + module.bias_hh_l0)[3:6]
    ).detach()
    expected = sorted(forget.log().mean(0).tolist(), reverse=True)
    found = lyapunov_spectrum(module, x)
    np.testing.assert_allclose(found[:3], expected, atol=1e-12)
    assert found[3:].values.tolist() == [-math.inf] * 3
    assert np.isnan(found["standard_error"][3:]).all()


def test_a_gru_without_recurrent_weights_has_the_mean_logarithms_of_its_update_gates():
    module = nn.GRU(1, 4).double()
    with torch.no_grad():
        module.weight_hh_l0.zero_()
    x = 3 * torch.randn(50, 3, 1).double()
    update = torch.sigmoid(
        x @ module.weight_ih_l0[4:8].T + (module.bias_ih_l0 + module.bias_hh_l0)[4:8]
    ).detach()
    expected = sorted(update.log().mean((0, 1)).tolist(), reverse=True)
    np.testing.assert_allclose(lyapunov_spectrum(module, x), expected, atol=1e-12)


def test_a_gru_that_keeps_everything_has_zero():
    module = nn.GRU(2, 3).double()
    with torch.no_grad():
        module.bias_ih_l0[3:6] = 60.0
    np.testing.assert_allclose(lyapunov_spectrum(module, torch.randn(20, 1, 2).double()), 0, atol=1e-12)


@pytest.mark.parametrize("cell", ["rnn", "lstm", "lstm_projected", "gru"])
def test_they_sum_to_the_time_mean_of_the_log_determinant(cell):
    make, options = CONFIGURATIONS[cell]
    module = make(2, 4, 2, bidirectional=True, **options).double()
    x = torch.randn(30, 2, 2).double()
    place = {"layer": 1, "direction": "reverse"}
    found = lyapunov_spectrum(module, x, **place)
    _, log_determinant = np.linalg.slogdet(step_jacobians(module, x, **place).values)
    assert found.sum().item() == pytest.approx(log_determinant.mean(), rel=1e-9)
    assert (np.diff(found) <= 0).all()


@settings(max_examples=20, deadline=None)
@given(size=st.integers(1, 6), steps=st.integers(1, 20), seed=st.integers(0, 999))
def test_the_sum_for_any_sequence_of_matrices(size, steps, seed):
    matrices = np.random.default_rng(seed).normal(size=(steps, 2, size, size))
    _, log_determinant = np.linalg.slogdet(matrices)
    assert lyapunov_exponents(matrices).sum().item() == pytest.approx(log_determinant.mean(), abs=1e-8)


def test_the_spectrum_of_a_module_is_that_of_its_step_jacobians():
    module, x = nn.LSTM(2, 3).double(), torch.randn(25, 1, 2).double()
    from_module = lyapunov_spectrum(module, x, k=2, warmup=5)
    from_array = lyapunov_exponents(step_jacobians(module, x), k=2, warmup=5)
    np.testing.assert_allclose(from_module, from_array, atol=1e-12)
    assert from_module.name == "lyapunov_exponent"
    assert from_module.attrs["standard_error_over"] == "4 batches of 5 steps"


def mean_field(gain):
    """ln g + ½ ln⟨sech⁴(√q z)⟩ with q = g² ⟨tanh²(√q z)⟩, over a standard normal z."""
    z = np.linspace(-9, 9, 20001)
    weight = np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi) * (z[1] - z[0])
    q = 1.0
    for _ in range(500):
        q = gain**2 * (weight * np.tanh(math.sqrt(q) * z) ** 2).sum()
    return math.log(gain) + 0.5 * math.log((weight / np.cosh(math.sqrt(q) * z) ** 4).sum())


@pytest.mark.parametrize("gain", [2.0, 3.0])
def test_random_tanh_networks_have_the_mean_field_exponent(gain):
    """With 300 units the mean over networks is up to .01 below the limit of infinitely many units."""
    size, found = 300, []
    for _ in range(4):
        module = nn.RNN(1, size, bias=False).double()
        with torch.no_grad():
            module.weight_hh_l0.normal_(std=gain / size**0.5)
        x, h0 = torch.zeros(250, 1, 1).double(), torch.randn(1, 1, size).double()
        found.append(lyapunov_spectrum(module, x, k=1, warmup=50, h0=h0))
    assert np.mean(found) == pytest.approx(mean_field(gain), abs=0.02)
    assert max(one["standard_error"].item() for one in found) < 0.02


def test_a_quiet_random_network_has_the_logarithm_of_its_gain():
    """Below g = 1 the state decays, and the exponent is that of the largest eigenvalue."""
    module = nn.RNN(1, 100, bias=False).double()
    with torch.no_grad():
        module.weight_hh_l0.normal_(std=0.05)
    found = lyapunov_spectrum(module, torch.zeros(600, 1, 1).double(), k=2, warmup=100)
    radius = torch.linalg.eigvals(module.weight_hh_l0.detach()).abs().max().log().item()
    assert found[0].item() == pytest.approx(radius, abs=0.01)


def test_the_standard_error_is_that_of_the_means():
    """The error of scalars: over sequences, or over batches of steps of one sequence."""
    values = np.array([1.0, 2.0, 4.0, 8.0, 16.0, 2.0, 2.0, 2.0, 4.0])
    several = lyapunov_exponents(values.reshape(3, 3, 1, 1))
    means = np.log(values).reshape(3, 3).mean(0)
    assert several["standard_error"].item() == pytest.approx(means.std(ddof=1) / math.sqrt(3))
    one = lyapunov_exponents(values.reshape(9, 1, 1))
    means = np.log(values).reshape(3, 3).mean(1)
    assert one["standard_error"].item() == pytest.approx(means.std(ddof=1) / math.sqrt(3))
    assert one.item() == pytest.approx(np.log(values).mean())
    assert one.attrs["standard_error_over"] == "3 batches of 3 steps"
    assert np.isnan(lyapunov_exponents(values[:3].reshape(3, 1, 1))["standard_error"].item())


def test_a_singular_matrix_has_minus_infinity_and_the_rest_is_as_before():
    found = lyapunov_exponents(np.broadcast_to(turned([2.0, 0.5, 0.0]).numpy(), (60, 3, 3)), warmup=40)
    np.testing.assert_allclose(found[:2], np.log([2.0, 0.5]), atol=1e-9)
    assert found[2].item() == -math.inf


def test_blocks_of_time_make_no_difference():
    matrices = torch.randn(10, 2, 3, 3).double()
    whole = growth([matrices], 3)
    torch.testing.assert_close(growth(matrices.split(4), 3), whole)


@pytest.mark.parametrize(
    ("jacobians", "options", "message"),
    [
        (np.zeros((4, 2, 3)), {}, r"shape \(4, 2, 3\): must be \(time, n, n\)"),
        (np.zeros((0, 2, 2)), {}, "not empty"),
        (np.full((4, 2, 2), np.nan), {}, "not finite"),
        (np.ones((4, 2, 2)), {"k": 3}, "k = 3: must be a whole number from 1 to 2, the size of the state"),
        (np.ones((4, 2, 2)), {"k": 0}, "k = 0"),
        (
            np.ones((4, 2, 2)),
            {"warmup": 4},
            "warmup = 4: must be a whole number from 0 to 3, as there are 4 steps",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(jacobians, options, message):
    with pytest.raises(ValueError, match=message):
        lyapunov_exponents(jacobians, **options)


def test_it_says_of_what_cell_it_is():
    found = lyapunov_spectrum(nn.GRU(2, 3), torch.randn(6, 1, 2))
    assert found.attrs["cell"] == "gru"
