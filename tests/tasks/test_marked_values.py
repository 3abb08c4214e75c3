"""What the adding and multiplication problems share: places of the marks, distribution of the values."""

import pytest
import torch
from batches import one_by_one, seeded
from hypothesis import given, settings
from hypothesis import strategies as st

import gradviz as gv

TASKS = [gv.tasks.adding, gv.tasks.multiplication]
LENGTHS = st.one_of(
    st.integers(2, 40), st.tuples(st.integers(2, 20), st.integers(0, 20)).map(lambda p: (p[0], sum(p)))
)


@settings(max_examples=50, deadline=None)
@given(task=st.sampled_from(TASKS), length=LENGTHS, size=st.integers(1, 20), seed=st.integers(0, 1000))
def test_one_mark_stands_in_each_half_of_each_sequence(task, length, size, seed):
    inputs, targets = task(length).batch(size, seeded(seed))
    assert targets.shape == (size, 1)
    for sequence in one_by_one(inputs):
        values, marks = sequence.T.tolist()
        marked = [t for t, mark in enumerate(marks) if mark == 1]
        assert len(marked) == 2
        assert marked[0] < len(marks) // 2 <= marked[1]
        assert all(0 <= value < 1 for value in values)
        assert all(mark in (0, 1) for mark in marks)


def test_values_and_marks_are_spread_evenly():
    inputs, _ = gv.tasks.adding(7).batch(20000, seeded(0))
    values, marks = inputs.unbind(-1)
    assert values.mean().item() == pytest.approx(1 / 2, abs=0.005)
    assert values.var().item() == pytest.approx(1 / 12, abs=0.002)
    expected = [1 / 3] * 3 + [1 / 4] * 4  # the halves of 7 steps are 3 and 4
    assert marks.mean(0).tolist() == pytest.approx(expected, abs=0.015)


def test_of_lengths_from_a_range_each_sequence_has_its_own_halves():
    inputs, _ = gv.tasks.adding((2, 10)).batch(2000, seeded(0))
    last = {}
    for sequence in one_by_one(inputs):
        marked = torch.nonzero(sequence[:, 1]).flatten().tolist()
        last.setdefault(len(sequence), set()).update(marked)
    assert last == {length: set(range(length)) for length in range(2, 11)}


@pytest.mark.parametrize("task", TASKS)
def test_lag_and_informative_steps_are_those_of_the_longest(task):
    assert (task(50).lag, task(50).informative) == (49, range(25))
    assert (task((20, 50)).lag, task((20, 50)).informative) == (49, range(25))


@pytest.mark.parametrize("length", [1, -5, 2.5, True, "10"])
def test_a_bad_length_is_one_clear_error(length):
    with pytest.raises(ValueError, match=r"length = .*: must be a whole number of at least 2"):
        gv.tasks.adding(length)
