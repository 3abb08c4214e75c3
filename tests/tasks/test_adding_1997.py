"""The adding problem of 1997: marks, numbers and targets as the paper describes them."""

import pytest
import torch
from batches import mean_loss, one_by_one, seeded
from hypothesis import given, settings
from hypothesis import strategies as st

import gradviz as gv


@settings(max_examples=60, deadline=None)
@given(low=st.integers(6, 60), more=st.none() | st.integers(0, 12), seed=st.integers(0, 1000))
def test_a_sequence_is_as_in_the_paper(low, more, seed):
    task = gv.tasks.adding_1997(low if more is None else (low, low + more))
    inputs, targets = task.batch(9, seeded(seed))
    assert targets.shape == (9, 1)
    for sequence, target in zip(one_by_one(inputs), targets[:, 0].tolist(), strict=True):
        values, marks = sequence.T.tolist()
        assert low <= len(values) <= low + (more or 0)
        assert marks[0] == marks[-1] == -1
        assert set(marks[1:-1]) <= {0, 1}
        assert all(-1 <= value < 1 for value in values)
        marked = [step for step, mark in enumerate(marks) if mark == 1]
        assert len(marked) == (1 if values[0] == 0 else 2)  # the first number was drawn, and counts 0
        assert marked[-1] < low // 2 - 1
        assert values[0] == 0 or marked[0] < 10
        assert target == pytest.approx(0.5 + sum(values[step] for step in marked) / 4)


def test_the_marks_are_spread_evenly():
    inputs, _ = gv.tasks.adding_1997(42).batch(40000, seeded(0))
    share = (inputs[..., 1] == 1).double().mean(0)
    first, second = 1 / 10, 1 / 20  # one of ten pairs; one of 20, the first half without the last
    expected = torch.zeros(42, dtype=torch.float64)
    expected[1:10] = first + (1 - first) / 19
    expected[10:20] = 1 / 19
    assert (share - expected).abs().max() < 5 * (0.15 * 0.85 / 40000) ** 0.5
    assert abs(second - 0.05) < 1e-12
    values = inputs[:, 20:, 0]
    assert abs(values.mean().item()) < 0.005
    assert values.var().item() == pytest.approx(1 / 3, abs=0.005)


@pytest.mark.parametrize("length", [6, 22, (100, 110)])
def test_predicting_a_half_costs_the_baseline(length):
    task = gv.tasks.adding_1997(length)
    mean, error = mean_loss(task, lambda targets: torch.full_like(targets, 0.5))
    assert abs(mean - task.baseline) < 5 * error < 0.004


def test_the_baseline_by_counting_every_pair_of_marks():
    """Of T = 22 the first mark is one of ten and the second another one: 90 cases, all equally likely."""
    cases = [(a, b) for a in range(10) for b in range(10) if a != b]
    variances = [((a > 0) + (b > 0)) / 3 / 16 for a, b in cases]
    assert gv.tasks.adding_1997(22).baseline == pytest.approx(sum(variances) / 90)


def test_a_sequence_is_correct_if_its_error_is_below_4_hundredths():
    task, targets = gv.tasks.adding_1997(), torch.tensor([[0.5], [0.5], [0.2], [0.9]])
    outputs = targets + torch.tensor([[0.039], [-0.039], [0.041], [-0.5]])
    assert task.metric(outputs, targets).item() == 0.5
    with pytest.raises(ValueError, match="adding_1997 needs outputs of shape"):
        task.metric(outputs[:, 0], targets)


def test_lag_informative_steps_and_a_bad_length():
    task = gv.tasks.adding_1997((100, 110))
    assert (task.lag, task.informative, task.fixed_lag) == (108, range(1, 49), False)
    assert not gv.tasks.adding_1997(100).fixed_lag
    with pytest.raises(ValueError, match="length = 5: must be a whole number of at least 6"):
        gv.tasks.adding_1997(5)
