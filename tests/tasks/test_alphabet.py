"""Text as windows of scalars."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gradviz.errors import UnknownName
from gradviz.models.text import SENTENCE, Alphabet, windows


@settings(max_examples=50, deadline=None)
@given(text=st.text(min_size=2, max_size=40), data=st.data())
def test_windows_are_slices_of_the_text_and_what_follows_them(text, data):
    width = data.draw(st.integers(1, len(text) - 1))
    alphabet = Alphabet.of(text)
    patterns, following = windows(alphabet.numbers(text), width)
    assert patterns.shape == (len(text) - width, width)
    read = ["".join(alphabet.characters[n] for n in row) for row in patterns.tolist()]
    assert read == [text[k : k + width] for k in range(len(text) - width)]
    assert "".join(alphabet.characters[n] for n in following.tolist()) == text[width:]


def test_the_course_sentence_has_22_sorted_characters():
    alphabet = Alphabet.of(SENTENCE)
    assert alphabet.characters == " ,-.acdeghilmnoprstuvy"
    assert len(alphabet) == 22


def test_scalars_by_hand():
    scalars = Alphabet("abcd").scalars(torch.tensor([[0, 1], [3, 2]]))
    assert scalars.tolist() == [[[0.0], [0.25]], [[0.75], [0.5]]]


def test_a_strange_character_is_named():
    with pytest.raises(UnknownName, match="does not know the character 'Q'; it knows 'ab'"):
        Alphabet.of("abba").numbers("aQb")


@pytest.mark.parametrize(("size", "width"), [(4, 4), (0, 1), (3, 0)])
def test_no_window_with_a_character_after_it(size, width):
    with pytest.raises(ValueError, match=f"a text of {size} characters has no window of {width}"):
        windows(torch.arange(size), width)
