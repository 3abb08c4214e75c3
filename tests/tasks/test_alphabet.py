"""Characters as numbers, and their encodings."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gradviz.errors import UnknownName
from gradviz.tasks.alphabet import Alphabet
from gradviz.tasks.text_sources import SENTENCE


def test_the_course_sentence_has_22_sorted_characters():
    alphabet = Alphabet.of(SENTENCE)
    assert alphabet.characters == " ,-.acdeghilmnoprstuvy"
    assert len(alphabet) == 22


@settings(max_examples=50, deadline=None)
@given(text=st.text("aZ é\n€😀", max_size=30))
def test_numbers_are_places_and_lead_back_to_the_text(text):
    alphabet = Alphabet.of(text)
    numbers = alphabet.numbers(text)
    assert numbers.dtype == torch.int64
    assert numbers.tolist() == [alphabet.characters.index(c) for c in text]
    assert alphabet.text(numbers.tolist()) == text


def test_a_strange_character_is_named():
    with pytest.raises(UnknownName, match="does not know the character 'Q'; it knows 'ab'"):
        Alphabet.of("abba").numbers("aQb")


def test_encodings_by_hand():
    numbers = torch.tensor([[0, 1], [3, 2]])
    alphabet = Alphabet("abcd")
    assert alphabet.encode(numbers, "scalar").tolist() == [[[0.0], [0.25]], [[0.75], [0.5]]]
    one_hot = alphabet.encode(numbers, "one_hot")
    assert one_hot.tolist() == [[[1, 0, 0, 0], [0, 1, 0, 0]], [[0, 0, 0, 1], [0, 0, 1, 0]]]
    assert one_hot.dtype == torch.float32
    assert torch.equal(alphabet.encode(numbers, "embedding"), numbers)


def test_an_unknown_encoding():
    with pytest.raises(
        UnknownName,
        match=r"unknown encoding 'onehot'; did you mean 'one_hot'\? \(embedding, one_hot, scalar\)",
    ):
        Alphabet("ab").encode(torch.tensor([0]), "onehot")
