"""The adding problem: its answers follow from its inputs, its baseline is the table's."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import gradviz as gv


@settings(max_examples=50, deadline=None)
@given(length=st.integers(2, 60), size=st.integers(1, 20), seed=st.integers(0, 1000))
def test_targets_are_the_sum_of_the_marked_values(length, size, seed):
    inputs, targets = gv.tasks.adding(length).batch(size, torch.Generator().manual_seed(seed))
    assert inputs.shape == (size, length, 2)
    assert targets.shape == (size, 1)
    for sequence, target in zip(inputs.tolist(), targets.tolist(), strict=True):
        marked = [t for t, (_, mark) in enumerate(sequence) if mark == 1]
        assert len(marked) == 2
        assert marked[0] < length // 2 <= marked[1]
        assert target[0] == pytest.approx(sum(sequence[t][0] for t in marked))
        assert all(0 <= value < 1 and mark in (0, 1) for value, mark in sequence)


def test_predicting_1_costs_a_sixth():
    task = gv.tasks.adding(10)
    _, targets = task.batch(40000, torch.Generator().manual_seed(0))
    loss = task.loss(torch.ones_like(targets), targets)
    assert loss.item() == pytest.approx(task.baseline, rel=0.03)
    assert task.baseline == pytest.approx(1 / 6)


def test_lag_and_informative_steps():
    task = gv.tasks.adding(50)
    assert task.lag == 49
    assert task.informative == range(25)


@pytest.mark.parametrize("length", [1, -5, 2.5, True, "10"])
def test_a_bad_length_is_one_clear_error(length):
    with pytest.raises(ValueError, match=r"length = .*: must be a whole number of at least 2"):
        gv.tasks.adding(length)


def test_an_empty_batch_is_refused():
    with pytest.raises(ValueError, match="size = 0: must be a whole number of at least 1"):
        gv.tasks.adding(10).batch(0, torch.Generator())
