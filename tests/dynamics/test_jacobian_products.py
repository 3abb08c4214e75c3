"""Products of Jacobians by QR equal the direct products, also beyond the float range."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from step_twin import CONFIGURATIONS
from torch import nn

from gradviz.dynamics.jacobian_products import JacobianProduct, jacobian_products
from gradviz.dynamics.step_jacobians import step_jacobians

LARGEST, SMALLEST = "log10_largest_singular_value", "log10_smallest_singular_value"


def linear(matrix):
    """A relu network with positive states, so that `matrix` is its Jacobian."""
    module = nn.RNN(1, len(matrix), nonlinearity="relu").double()
    with torch.no_grad():
        module.weight_hh_l0.copy_(torch.tensor(matrix, dtype=torch.float64))
        module.bias_ih_l0.fill_(1.0)
        module.weight_ih_l0.zero_()
        module.bias_hh_l0.zero_()
    return module


@pytest.mark.parametrize("direction", ["forward", "reverse"])
@pytest.mark.parametrize("cell", CONFIGURATIONS)
def test_they_are_the_products_multiplied_out(cell, direction):
    make, options = CONFIGURATIONS[cell]
    module = make(3, 4, bidirectional=True, **options).double()
    x = torch.randn(6, 2, 3).double()
    matrices = step_jacobians(module, x, direction=direction).values
    if direction == "reverse":
        matrices = matrices[::-1]
    product = np.broadcast_to(np.eye(matrices.shape[-1]), matrices.shape[1:])
    expected = [np.linalg.svd(product, compute_uv=False)]
    for matrix in matrices[:0:-1]:
        product = product @ matrix
        expected.append(np.linalg.svd(product, compute_uv=False))
    expected = np.array(expected[:: -1 if direction == "forward" else 1])
    found = jacobian_products(module, x, direction=direction)
    with np.errstate(divide="ignore"):
        np.testing.assert_allclose(found[LARGEST], np.log10(expected[..., 0]), atol=1e-10)
    if cell != "rnn_relu":  # the products of that one are singular
        well = expected[..., -1] > 1e-10 * expected[..., 0]  # where the direct product is still accurate
        assert well.sum() >= 2
        np.testing.assert_allclose(found[SMALLEST].values[well], np.log10(expected[..., -1][well]), atol=1e-5)


def test_a_constant_diagonal_jacobian_over_2000_steps_is_exact():
    found = jacobian_products(linear([[0.9, 0.0], [0.0, 0.1]]), torch.zeros(2000, 1).double())
    lag = np.arange(1999, -1, -1)
    np.testing.assert_allclose(found[LARGEST][:, 0], lag * math.log10(0.9), atol=1e-9)
    np.testing.assert_allclose(found[SMALLEST][:, 0], -lag, atol=1e-9)  # down to 10^-1999
    assert found[LARGEST].attrs["units"] == "decades"


def test_a_jacobian_that_explodes_over_2000_steps_is_exact():
    found = jacobian_products(linear([[1.1, 0.0], [0.0, 1.01]]), torch.zeros(2000, 1).double())
    assert found[LARGEST][0, 0].item() == pytest.approx(1999 * math.log10(1.1), abs=1e-9)
    assert found[SMALLEST][0, 0].item() == pytest.approx(1999 * math.log10(1.01), abs=1e-9)


def test_the_non_normal_transient_rises_to_38_75_at_lag_9():
    """J^n = .9^n [[1, a], [0, 1]], a = 10 n / .9: singular values .9^n (√(a² + 4) ± a) / 2."""
    found = jacobian_products(linear([[0.9, 10.0], [0.0, 0.9]]), torch.zeros(1001, 1).double())
    lag = np.arange(1000, -1, -1)
    a = 10 * lag / 0.9
    rise = np.log10((np.sqrt(a**2 + 4) + a) / 2)
    np.testing.assert_allclose(found[LARGEST][:, 0], lag * math.log10(0.9) + rise, atol=1e-10)
    np.testing.assert_allclose(found[SMALLEST][:, 0], lag * math.log10(0.9) - rise, atol=1e-7)
    by_lag = 10.0 ** found[LARGEST].values[::-1, 0]
    assert by_lag.argmax() == 9
    assert by_lag.max() == pytest.approx(38.75, abs=0.01)
    assert (by_lag[1:] < 1).argmax() + 1 == 63


@settings(max_examples=20, deadline=None)
@given(size=st.integers(1, 6), steps=st.integers(1, 5), seed=st.integers(0, 999))
def test_any_product_of_well_conditioned_matrices(size, steps, seed):
    torch.manual_seed(seed)
    turned = torch.linalg.qr(torch.randn(steps, 3, size, size).double())[0]
    matrices = turned * (0.5 + torch.rand(steps, 3, 1, size).double())
    product, whole = JacobianProduct(3, size), torch.eye(size).double()
    for matrix in matrices:
        product.right_multiply(matrix)
        whole = whole @ matrix
    values = torch.linalg.svdvals(whole)
    expected = torch.stack([values[..., 0], values[..., -1]]).log10()
    torch.testing.assert_close(product.log10_extremes(), expected, rtol=0, atol=1e-11)


@pytest.mark.parametrize("cell", ["rnn", "gru"])
def test_of_two_units_the_two_make_the_determinant_over_hundreds_of_decades(cell):
    make, options = CONFIGURATIONS[cell]
    module = make(2, 2, **options).double()
    with torch.no_grad():
        module.weight_hh_l0.mul_(4)
    x = torch.randn(600, 1, 2).double()
    found = jacobian_products(module, x)
    _, log_determinant = np.linalg.slogdet(step_jacobians(module, x).values)
    expected = -np.cumsum(log_determinant[::-1], axis=0)[::-1] / math.log(10)
    total = found[LARGEST] + found[SMALLEST]
    np.testing.assert_allclose(total[:-1, 0], -expected[1:, 0], atol=1e-8)
    assert found[SMALLEST][0, 0].item() < -400


def test_a_dead_unit_makes_the_smallest_zero_and_not_the_largest():
    module = linear([[0.5, 0.0], [0.0, 0.5]])
    with torch.no_grad():
        module.bias_ih_l0[1] = -5.0
    found = jacobian_products(module, torch.zeros(4, 1).double())
    np.testing.assert_allclose(found[LARGEST][:, 0], np.log10([0.125, 0.25, 0.5, 1.0]), atol=1e-12)
    assert found[SMALLEST][:, 0].values.tolist() == [-math.inf] * 3 + [0.0]
    with torch.no_grad():
        module.bias_ih_l0[0] = -5.0
    assert jacobian_products(module, torch.zeros(4, 1).double())[LARGEST][0, 0].item() == -math.inf


def test_one_step_has_the_identity():
    found = jacobian_products(nn.LSTM(1, 2), torch.zeros(1, 1))
    assert found[LARGEST].values.tolist() == found[SMALLEST].values.tolist() == [[0.0]]
