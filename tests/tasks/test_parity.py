"""Parity, and delayed exclusive or."""

import math

import pytest
import torch
from batches import assert_even, one_by_one, seeded
from hypothesis import given, settings
from hypothesis import strategies as st

import gradviz as gv


@settings(max_examples=50, deadline=None)
@given(low=st.integers(1, 30), more=st.none() | st.integers(0, 20), seed=st.integers(0, 99), data=st.data())
def test_the_class_is_the_sign_of_the_product_of_what_counts(low, more, seed, data):
    bits = data.draw(st.none() | st.integers(1, low))
    task = gv.tasks.parity(low if more is None else (low, low + more), bits)
    inputs, targets = task.batch(6, seeded(seed))
    for sequence, target in zip(one_by_one(inputs), targets.tolist(), strict=True):
        signs = sequence.flatten().tolist()
        assert set(signs) <= {1.0, -1.0}
        counted = signs[:bits]
        assert math.prod(counted) * (-1) ** len(counted) == (-1) ** target  # -1 to the number of ones


def test_two_bits_are_exclusive_or():
    inputs, targets = gv.tasks.parity(9, bits=2).batch(200, seeded(0))
    first, second = inputs[:, 0, 0], inputs[:, 1, 0]
    assert torch.equal(targets == 1, first != second)
    assert gv.tasks.parity(9, bits=2).informative == range(2)
    assert gv.tasks.parity(9, bits=2).lag == 8
    assert gv.tasks.parity((5, 9)).informative == range(9)


@pytest.mark.parametrize("bits", [None, 2])
def test_baseline_and_even_classes(bits):
    task = gv.tasks.parity(12, bits)
    inputs, targets = task.batch(20000, seeded(1))
    assert_even(targets, 2)
    assert_even((inputs > 0).long().flatten(), 2)
    assert task.loss(torch.zeros(20000, 2), targets).item() == pytest.approx(task.baseline, rel=1e-6)
    assert task.baseline == pytest.approx(math.log(2))


def test_bad_options():
    with pytest.raises(ValueError, match="bits = 6: must be a whole number from 1 to 5, the shortest length"):
        gv.tasks.parity((5, 9), bits=6)
    with pytest.raises(ValueError, match="bits = 0: must be a whole number from 1 to 5, the shortest length"):
        gv.tasks.parity(5, bits=0)
    with pytest.raises(ValueError, match="length = 0"):
        gv.tasks.parity(0)
