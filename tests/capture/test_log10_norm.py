"""Norms over units in any layout and type, and their logarithm."""

import math

import pytest
import torch

from gradviz.capture.log10_norm import LOG10_OF_2, log10_norm, unit_norm


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_of_every_type_in_float64(dtype):
    values = torch.tensor([[3.0, 4.0], [0.0, 0.0], [256.0, 0.0]], dtype=dtype)
    found = unit_norm(values)
    assert found.dtype == torch.float64
    assert found.tolist() == [5, 0, 256]


def test_squares_beyond_half_precision():
    assert unit_norm(torch.full((1, 4), 6e4, dtype=torch.float16)).item() == pytest.approx(2 * 6e4, rel=1e-3)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 2, 0), (2, 1, 0)])
def test_in_any_order_of_memory(order):
    values = torch.randn(3, 4, 5, dtype=torch.float64)
    back = [order.index(axis) for axis in range(3)]
    laid_out = values.permute(order).contiguous().permute(back)
    assert laid_out.equal(values)
    torch.testing.assert_close(unit_norm(laid_out), torch.linalg.vector_norm(values, dim=-1))


def test_of_nothing():
    assert unit_norm(torch.zeros(0, 3)).shape == (0,)
    assert unit_norm(torch.zeros(0, 3)).dtype == torch.float64


def test_logarithms_by_hand():
    norms = torch.tensor([100.0, 0.0, math.inf, math.nan], dtype=torch.float64)
    assert log10_norm(norms).tolist() == [2, -math.inf, math.inf, math.inf]
    shifted = log10_norm(norms, torch.tensor([10.0, 1, 1, 1], dtype=torch.float64))
    assert shifted[0].item() == pytest.approx(math.log10(100 * 2**10))
    assert shifted[1:].tolist() == [-math.inf, math.inf, math.inf]
    assert pytest.approx(math.log10(2), rel=1e-16) == LOG10_OF_2
