"""Windows of a text and the character after each."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gradviz.tasks.alphabet import Alphabet
from gradviz.tasks.windows import windows


@settings(max_examples=50, deadline=None)
@given(text=st.text("aZ é\n€😀", min_size=2, max_size=40), data=st.data())
def test_windows_are_slices_of_the_text_and_what_follows_them(text, data):
    width = data.draw(st.integers(1, len(text) - 1))
    alphabet = Alphabet.of(text)
    patterns, following = windows(alphabet.numbers(text), width)
    assert patterns.shape == (len(text) - width, width)
    assert [alphabet.text(row) for row in patterns.tolist()] == [
        text[k : k + width] for k in range(len(text) - width)
    ]
    assert alphabet.text(following.tolist()) == text[width:]


@pytest.mark.parametrize(("size", "width"), [(4, 4), (0, 1), (3, 0)])
def test_no_window_with_a_character_after_it(size, width):
    with pytest.raises(ValueError, match=f"a text of {size} characters has no window of {width} "):
        windows(torch.arange(size), width)
