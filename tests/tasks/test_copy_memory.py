"""The copy memory problem."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import gradviz as gv


@settings(max_examples=50, deadline=None)
@given(
    delay=st.integers(1, 40), symbols=st.integers(1, 12), alphabet=st.integers(2, 9), seed=st.integers(0, 99)
)
def test_the_letters_come_back_after_the_go_signal(delay, symbols, alphabet, seed):
    task = gv.tasks.copy_memory(delay, symbols, alphabet)
    inputs, targets = task.batch(3, torch.Generator().manual_seed(seed))
    assert inputs.shape == (3, delay + 2 * symbols, alphabet + 2)
    assert torch.equal(inputs.sum(-1), torch.ones(inputs.shape[:2]))
    for sequence, answer in zip(inputs.argmax(-1).tolist(), targets.tolist(), strict=True):
        go = sequence.index(alphabet + 1)
        letters = sequence[:symbols]
        assert all(letter < alphabet for letter in letters)
        assert answer[go + 1 :] == letters
        assert set(answer[: go + 1]) == {alphabet}
        assert go - (symbols - 1) == delay
        assert sequence.count(alphabet) == delay - 1 + symbols
        assert task.lag == go + 1


def test_the_trivial_predictor_costs_what_the_table_says():
    task = gv.tasks.copy_memory(20, 10, 8)
    _, targets = task.batch(500, torch.Generator().manual_seed(0))
    scores = torch.full((500, task.length, 9), -1e4)
    scores[:, :-10, 8] = 0
    scores[:, -10:, :8] = 0
    assert task.baseline == pytest.approx(10 * math.log(8) / 40)
    assert task.loss(scores, targets).item() == pytest.approx(task.baseline, rel=1e-5)


def test_the_same_generator_gives_the_same_batch_and_letters_are_even():
    task = gv.tasks.copy_memory(3, 5, 4)
    first, second, other = (task.batch(2000, torch.Generator().manual_seed(seed)) for seed in (5, 5, 6))
    assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))
    assert not torch.equal(first[0], other[0])
    shares = first[0][:, list(task.informative), :4].mean((0, 1))
    assert shares.tolist() == pytest.approx([1 / 4] * 4, abs=0.02)


def test_outputs_of_a_model_that_answers_once_are_refused():
    task = gv.tasks.copy_memory(5, 2, 3)
    _, targets = task.batch(4, torch.Generator())
    with pytest.raises(ValueError, match=r"outputs of shape \(4, 9, 4\), one answer at every step; it got"):
        task.loss(torch.zeros(4, 4), targets)


def test_a_perfect_model_costs_nothing():
    task = gv.tasks.copy_memory(5, 2, 3)
    _, targets = task.batch(4, torch.Generator())
    assert task.loss(1e3 * torch.nn.functional.one_hot(targets, 4).float(), targets).item() == 0


def test_bad_sizes():
    with pytest.raises(ValueError, match="delay = 0"):
        gv.tasks.copy_memory(0)
    with pytest.raises(ValueError, match="alphabet = 1: must be a whole number of at least 2"):
        gv.tasks.copy_memory(5, alphabet=1)
