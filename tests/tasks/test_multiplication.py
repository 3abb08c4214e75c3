"""The multiplication problem: targets follow from the inputs, and the baseline is the published one."""

import pytest
import torch
from batches import mean_loss, one_by_one, seeded
from hypothesis import given, settings
from hypothesis import strategies as st

import gradviz as gv


@settings(max_examples=50, deadline=None)
@given(low=st.integers(2, 30), more=st.none() | st.integers(0, 30), seed=st.integers(0, 1000))
def test_targets_are_the_product_of_the_marked_values(low, more, seed):
    task = gv.tasks.multiplication(low if more is None else (low, low + more))
    inputs, targets = task.batch(9, seeded(seed))
    for sequence, target in zip(one_by_one(inputs), targets.tolist(), strict=True):
        first, second = (value for value, mark in sequence.tolist() if mark)
        assert target[0] == pytest.approx(first * second)


@pytest.mark.parametrize("length", [10, (4, 12)])
def test_predicting_a_quarter_costs_7_in_144(length):
    task = gv.tasks.multiplication(length)
    mean, error = mean_loss(task, lambda targets: torch.full_like(targets, 1 / 4))
    assert abs(mean - task.baseline) < 5 * error < 0.005
    assert task.baseline == pytest.approx(7 / 144)
