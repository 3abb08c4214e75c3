"""Cross-entropy, perplexity, bits per character, entropy of the characters."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gradviz.tasks.likelihood import bits_per_character, cross_entropy, perplexity, unigram_entropy


@settings(max_examples=30, deadline=None)
@given(classes=st.integers(1, 9), shape=st.sampled_from([(4,), (2, 3)]))
def test_equal_scores_are_as_unsure_as_there_are_classes(classes, shape):
    loss = cross_entropy(torch.full((*shape, classes), 0.7), torch.zeros(shape, dtype=torch.long), classes)
    assert loss.item() == pytest.approx(math.log(classes), abs=1e-6)
    assert perplexity(loss).item() == pytest.approx(classes, rel=1e-6)
    assert bits_per_character(loss).item() == pytest.approx(math.log2(classes), abs=1e-6)


def test_cross_entropy_at_every_step_by_hand():
    scores = torch.tensor([[[1.0, 1.0], [0.0, math.log(3)]]])  # fractions 1/2, 1/2 and 1/4, 3/4
    loss = cross_entropy(scores, torch.tensor([[0, 0]]), 2)
    assert loss.item() == pytest.approx((math.log(2) + math.log(4)) / 2)


def test_numbers_are_taken_as_tensors_are():
    assert perplexity(math.log(7)) == pytest.approx(7)
    assert perplexity(1e4) == math.inf
    assert bits_per_character(math.log(8)) == pytest.approx(3)


@pytest.mark.parametrize(
    ("targets", "outputs", "where"),
    [
        ((4,), (4, 5, 3), "at the last step"),
        ((4, 5), (4, 3), "at every step"),
        ((4,), (4, 2), "at the last step"),
    ],
)
def test_outputs_of_another_shape(targets, outputs, where):
    with pytest.raises(ValueError, match=f"text needs outputs of shape .*3\\), one answer {where}; got"):
        cross_entropy(torch.zeros(outputs), torch.zeros(targets, dtype=torch.long), 3)


def test_entropy_by_hand():
    assert unigram_entropy("aaaa") == 0
    assert unigram_entropy("aaab") == pytest.approx(0.75 * math.log(4 / 3) + 0.25 * math.log(4))
    with pytest.raises(ValueError, match="empty"):
        unigram_entropy("")


@settings(max_examples=50, deadline=None)
@given(text=st.text("abcde", min_size=1, max_size=40))
def test_entropy_is_the_loss_of_scores_that_are_the_log_frequencies(text):
    known = sorted(set(text))
    scores = torch.tensor([math.log(text.count(c) / len(text)) for c in known], dtype=torch.float64)
    targets = torch.tensor([known.index(c) for c in text])
    loss = cross_entropy(scores.expand(len(text), -1), targets, len(known))
    assert unigram_entropy(text) == pytest.approx(loss.item(), abs=1e-12)
    assert unigram_entropy(text) <= math.log(len(known)) + 1e-12
