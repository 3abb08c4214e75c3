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


def test_the_same_generator_gives_the_same_batch_and_the_global_one_is_left_alone():
    task, before = gv.tasks.adding(30), torch.get_rng_state()
    first, second, other = (task.batch(4, torch.Generator().manual_seed(seed)) for seed in (5, 5, 6))
    assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))
    assert not torch.equal(first[0], other[0])
    assert torch.equal(torch.get_rng_state(), before)
    with pytest.raises(TypeError, match=r"generator = None: must be a torch.Generator"):
        task.batch(4, None)


def test_values_and_marks_are_spread_evenly():
    inputs, _ = gv.tasks.adding(7).batch(20000, torch.Generator().manual_seed(0))
    values, marks = inputs.unbind(-1)
    assert values.mean().item() == pytest.approx(1 / 2, abs=0.005)
    assert values.var().item() == pytest.approx(1 / 12, abs=0.002)
    expected = [1 / 3] * 3 + [1 / 4] * 4  # the halves of 7 steps are 3 and 4
    assert marks.mean(0).tolist() == pytest.approx(expected, abs=0.015)


@pytest.mark.parametrize("shape", [(5,), (5, 9, 1), (1, 1)])
def test_outputs_that_would_be_broadcast_are_refused(shape):
    with pytest.raises(ValueError, match=r"adding wants outputs of shape \(5, 1\), one answer at the last"):
        gv.tasks.adding(9).loss(torch.zeros(shape), torch.zeros(5, 1))
