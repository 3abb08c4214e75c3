"""The copy memory problem."""

import math

import pytest
import torch
from batches import assert_even, mean_loss, one_by_one, seeded
from hypothesis import given, settings
from hypothesis import strategies as st

import gradviz as gv


@settings(max_examples=50, deadline=None)
@given(
    low=st.integers(1, 30),
    more=st.none() | st.integers(0, 20),
    symbols=st.integers(1, 12),
    alphabet=st.integers(2, 9),
    seed=st.integers(0, 99),
)
def test_the_letters_come_back_after_the_go_signal(low, more, symbols, alphabet, seed):
    task = gv.tasks.copy_memory(low if more is None else (low, low + more), symbols, alphabet)
    inputs, targets = task.batch(3, seeded(seed))
    for shown, answers in zip(one_by_one(inputs), one_by_one(targets), strict=True):
        assert shown.shape == (len(answers), task.input_size) == (len(answers), alphabet + 2)
        assert torch.equal(shown.sum(-1), torch.ones(len(answers)))
        sequence, answer = shown.argmax(-1).tolist(), answers.tolist()
        go = sequence.index(alphabet + 1)
        letters = sequence[:symbols]
        assert all(letter < alphabet for letter in letters)
        assert answer[go + 1 :] == letters
        assert set(answer[: go + 1]) == {alphabet}
        delay = go - (symbols - 1)
        assert low <= delay <= low + (more or 0)
        assert sequence.count(alphabet) == delay - 1 + symbols
        assert task.lag >= go + 1
        if more is None:
            assert task.lag == go + 1
            assert task.length == len(answers)


def test_the_trivial_predictor_costs_what_the_table_says():
    task = gv.tasks.copy_memory(20, 10, 8)
    mean, _ = mean_loss(task, lambda targets: _blanks_then_any(targets, 8), batches=3)
    assert task.baseline == pytest.approx(10 * math.log(8) / 40)
    assert mean == pytest.approx(task.baseline, rel=1e-5)


def test_so_it_does_at_delays_from_a_range_to_their_error():
    task = gv.tasks.copy_memory((1, 20), 4, 5)
    mean, error = mean_loss(task, lambda targets: targets._replace(data=_blanks_then_any(targets.data, 5)))
    assert task.baseline == pytest.approx(4 * math.log(5) / (10.5 + 8))
    assert abs(mean - task.baseline) < 5 * error < 0.01


def _blanks_then_any(targets, blank):
    """Outputs of a predictor that is certain of the blanks and knows nothing of the letters."""
    scores = torch.full((*targets.shape, blank + 1), -1e4)
    scores[..., :blank][targets != blank] = 0
    scores[..., blank][targets == blank] = 0
    return scores


def test_letters_are_even():
    task = gv.tasks.copy_memory(3, 5, 4)
    inputs, _ = task.batch(2000, seeded(5))
    assert task.informative == range(5)
    assert_even(inputs[:, list(task.informative)].argmax(-1).flatten(), 4)


def test_a_perfect_model_costs_nothing():
    task = gv.tasks.copy_memory(5, 2, 3)
    _, targets = task.batch(4, seeded(0))
    perfect = 1e3 * torch.nn.functional.one_hot(targets, 4).float()
    assert task.loss(perfect, targets).item() == 0
    assert task.metric(perfect, targets).item() == 1


def test_bad_sizes():
    with pytest.raises(ValueError, match="delay = 0"):
        gv.tasks.copy_memory(0)
    with pytest.raises(ValueError, match="alphabet = 1: must be a whole number of at least 2"):
        gv.tasks.copy_memory(5, alphabet=1)
    with pytest.raises(ValueError, match="symbols = 0: must be a whole number of at least 1"):
        gv.tasks.copy_memory(5, symbols=0)
