"""The largest norm of the powers, for matrices whose powers are known."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gradviz.dynamics.transient_growth import transient_growth


def growth(*rows):
    matrix = torch.tensor(rows, dtype=torch.float64)
    radius = torch.linalg.eigvals(matrix).abs().max()
    return tuple(float(value) for value in transient_growth(matrix, spectral_radius=radius))


def test_the_non_normal_example_rises_to_38_75_at_the_9th_power():
    height, power = growth([0.9, 10.0], [0.0, 0.9])
    a = 10 * 9 / 0.9
    assert height == pytest.approx(0.9**9 * (math.sqrt(a**2 + 4) + a) / 2)
    assert height == pytest.approx(38.75, abs=0.01)
    assert power == 9


def test_what_never_grows_has_one():
    assert growth([0.5, 0.0], [0.0, -0.9]) == (1.0, 0.0)
    assert growth([0.6, -0.8], [0.8, 0.6]) == (1.0, 0.0)
    assert growth([0.0]) == (1.0, 0.0)


def test_a_nilpotent_matrix_grows_once():
    assert growth([0.0, 7.0], [0.0, 0.0]) == pytest.approx((7.0, 1.0))


def test_unbounded_and_undecided_growth():
    assert growth([1.1, 0.0], [0.0, 0.5]) == pytest.approx((math.inf, math.nan), nan_ok=True)
    assert growth([1.0, 1.0], [0.0, 1.0]) == pytest.approx((math.nan, math.nan), nan_ok=True)


@settings(max_examples=20, deadline=None)
@given(size=st.integers(1, 6), radius=st.floats(0.1, 0.95), seed=st.integers(0, 999))
def test_no_power_of_many_exceeds_it_and_one_reaches_it(size, radius, seed):
    torch.manual_seed(seed)
    matrix = torch.triu(3 * torch.randn(size, size).double(), 1)
    matrix += torch.diag(radius * (2 * torch.rand(size).double() - 1))
    found, power = transient_growth(matrix, spectral_radius=torch.diagonal(matrix).abs().max())
    norms = [1.0]
    product = torch.eye(size).double()
    for _ in range(300):
        product = product @ matrix
        norms.append(float(torch.linalg.matrix_norm(product, ord=2)))
    assert float(found) == pytest.approx(max(norms), rel=1e-8)
    assert norms[int(power)] == pytest.approx(max(norms), rel=1e-8)


def test_many_at_once():
    matrices = torch.diag_embed(torch.tensor([[[0.5, 0.5]], [[2.0, 0.5]]], dtype=torch.float64))
    height, power = transient_growth(matrices, spectral_radius=torch.tensor([[0.5], [2.0]]))
    assert height.tolist() == [[1.0], [math.inf]]
    assert power.shape == (2, 1)
