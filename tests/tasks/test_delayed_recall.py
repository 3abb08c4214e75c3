"""Delayed recall."""

import math

import pytest
import torch
from batches import assert_even, one_by_one, seeded
from hypothesis import given, settings
from hypothesis import strategies as st

import gradviz as gv


@settings(max_examples=50, deadline=None)
@given(
    low=st.integers(2, 30),
    more=st.none() | st.integers(0, 20),
    symbols=st.integers(2, 9),
    distractors=st.integers(0, 9),
    seed=st.integers(0, 99),
)
def test_the_class_is_the_first_symbol_and_the_rest_is_noise(low, more, symbols, distractors, seed):
    task = gv.tasks.delayed_recall(low if more is None else (low, low + more), symbols, distractors)
    inputs, targets = task.batch(5, seeded(seed))
    for sequence, target in zip(one_by_one(inputs), targets.tolist(), strict=True):
        assert sequence.shape[1] == symbols + distractors
        assert torch.nonzero(sequence[0]).flatten().tolist() == [target]
        assert target < symbols
        assert not sequence[1:, :symbols].any()
        expected = torch.full((len(sequence) - 1,), 1.0 if distractors else 0.0)
        assert torch.equal(sequence[1:, symbols:].sum(-1), expected)
        assert task.lag >= len(sequence) - 1


def test_baseline_and_even_draws():
    task = gv.tasks.delayed_recall(6, symbols=5, distractors=3)
    inputs, targets = task.batch(20000, seeded(1))
    assert_even(targets, 5)
    assert_even(inputs[:, 1:, 5:].argmax(-1).flatten(), 3)
    assert task.loss(torch.zeros(20000, 5), targets).item() == pytest.approx(task.baseline, rel=1e-6)
    assert task.baseline == pytest.approx(math.log(5))


def test_lag_and_informative_step():
    assert gv.tasks.delayed_recall((20, 50)).lag == 49
    assert gv.tasks.delayed_recall(50).informative == range(1)


def test_bad_options():
    with pytest.raises(ValueError, match="symbols = 1: must be a whole number of at least 2"):
        gv.tasks.delayed_recall(symbols=1)
    with pytest.raises(ValueError, match="distractors = -1: must be a whole number of at least 0"):
        gv.tasks.delayed_recall(distractors=-1)
    with pytest.raises(ValueError, match="length = 1: must be a whole number of at least 2"):
        gv.tasks.delayed_recall(1)
