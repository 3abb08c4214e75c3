"""The largest singular value from products alone equals that of the matrix."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gradviz.dynamics import spectral_norm as by_products
from gradviz.dynamics.spectral_norm import spectral_norm, spectral_norm_of


def found(matrices):
    return spectral_norm(
        lambda v: (matrices @ v.unsqueeze(-1)).squeeze(-1),
        lambda v: (matrices.mT @ v.unsqueeze(-1)).squeeze(-1),
        torch.randn(matrices.shape[:-1], dtype=matrices.dtype),
    )


@pytest.mark.parametrize("size", [5, 70])
def test_of_matrices_small_or_large(size):
    matrices = torch.randn(2, 3, size, size, dtype=torch.float64)
    exact = torch.linalg.matrix_norm(matrices, ord=2)
    torch.testing.assert_close(spectral_norm_of(matrices), exact, rtol=1e-12, atol=0)


@settings(max_examples=25, deadline=None)
@given(size=st.integers(1, 40), count=st.integers(1, 5), seed=st.integers(0, 999))
def test_random_matrices(size, count, seed):
    torch.manual_seed(seed)
    matrices = torch.randn(count, size, size, dtype=torch.float64)
    torch.testing.assert_close(found(matrices), torch.linalg.matrix_norm(matrices, ord=2), rtol=1e-12, atol=0)


def test_special_matrices():
    """Matrices: zero, identity, rank one, a double largest value, and nilpotent."""
    d = torch.float64
    axes = torch.eye(9, dtype=d)
    column = torch.arange(9.0, dtype=d)
    nilpotent = torch.diag(torch.full((8,), 3.0, dtype=d), 1)
    twice = torch.diag(torch.tensor([5.0, 5, 1, 1, 1, 1, 1, 1, 1], dtype=d))
    matrices = torch.stack([0 * axes, axes, torch.outer(column, column), twice, nilpotent])
    expected = torch.tensor([0.0, 1.0, 204.0, 5.0, 3.0], dtype=d)  # 204 = 1 + 4 + ... + 64
    torch.testing.assert_close(found(matrices), expected, rtol=1e-12, atol=0)


def test_single_precision_is_good_to_rounding():
    matrices = torch.randn(3, 100, 100)
    exact = torch.linalg.matrix_norm(matrices.double(), ord=2)
    torch.testing.assert_close(found(matrices).double(), exact, rtol=2e-6, atol=0)


def test_it_says_so_where_it_does_not_converge(monkeypatch):
    monkeypatch.setattr(by_products, "_MAX_STEPS", 9)
    with pytest.raises(
        ArithmeticError, match="the largest singular value did not converge to 1e-08 in 9 steps"
    ):
        found(torch.randn(1, 200, 200, dtype=torch.float64))
