"""The adding problem: targets follow from the inputs, and the baseline is the published one."""

import pytest
import torch
from batches import mean_loss, one_by_one, seeded
from hypothesis import given, settings
from hypothesis import strategies as st

import gradviz as gv


@settings(max_examples=50, deadline=None)
@given(low=st.integers(2, 30), more=st.none() | st.integers(0, 30), seed=st.integers(0, 1000))
def test_targets_are_the_sum_of_the_marked_values(low, more, seed):
    inputs, targets = gv.tasks.adding(low if more is None else (low, low + more)).batch(9, seeded(seed))
    for sequence, target in zip(one_by_one(inputs), targets.tolist(), strict=True):
        assert target[0] == pytest.approx(sum(value for value, mark in sequence.tolist() if mark))


@pytest.mark.parametrize("length", [10, (4, 12)])
def test_predicting_1_costs_a_sixth(length):
    task = gv.tasks.adding(length)
    mean, error = mean_loss(task, torch.ones_like)
    assert abs(mean - task.baseline) < 5 * error < 0.02
    assert task.baseline == pytest.approx(1 / 6)
