"""The common norm of many tensors, against one norm in float64."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gradviz.capture.tensor_norm import joint_norm


def slow(tensors):
    flat = [torch.view_as_real(t).flatten() if t.is_complex() else t.flatten() for t in tensors]
    return float(np.linalg.norm(np.concatenate([f.double().numpy() for f in flat]).astype(np.longdouble)))


def test_by_hand():
    assert joint_norm([torch.tensor([3.0]), torch.tensor([[4.0]], dtype=torch.float64)]) == 5
    assert joint_norm([]) == joint_norm([torch.zeros(0)]) == joint_norm([torch.zeros(3)]) == 0


@given(
    st.lists(st.tuples(st.integers(0, 7), st.integers(-37, 37)), min_size=1, max_size=5),
    st.sampled_from([torch.float32, torch.float64, torch.complex64]),
    st.integers(0, 100),
)
def test_in_the_whole_range_of_floats(sizes, dtype, seed):
    generator = torch.Generator().manual_seed(seed)
    tensors = [
        (torch.randn(n, dtype=torch.float64, generator=generator).clamp(-3, 3) * 10.0**power).to(dtype)
        for n, power in sizes
    ]
    assert joint_norm(tensors) == pytest.approx(slow(tensors), rel=1e-6)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_does_not_overflow(dtype):
    values = torch.full((100,), 6e4, dtype=dtype)
    assert joint_norm([values]) == pytest.approx(10 * float(values[0]), rel=1e-6)


def test_sparse_entries_that_are_stored_twice_are_added():
    indices, values = torch.tensor([[1, 1, 2]]), torch.tensor([1.0, 2.0, 4.0])
    sparse = torch.sparse_coo_tensor(indices, values, (5,), check_invariants=True)
    assert joint_norm([sparse]) == 5
    assert not sparse.is_coalesced()


def test_what_is_not_finite():
    assert joint_norm([torch.tensor([1.0, math.inf]), torch.ones(2)]) == math.inf
    assert math.isnan(joint_norm([torch.tensor([1.0, math.nan]), torch.ones(2)]))
    assert math.isnan(joint_norm([torch.tensor([math.inf]), torch.tensor([math.nan])]))
