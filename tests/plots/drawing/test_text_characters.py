"""The characters of a text: visible, and one for each time step."""

import pytest

from gradviz.plots.drawing.text_characters import TextDoesNotFit, check_length, visible


def test_blanks_are_visible():
    assert "".join(visible(character) for character in "a b\n\t") == "a␣b⏎⇥"


def test_one_for_each_time_step():
    check_length("abc", 3)
    with pytest.raises(TextDoesNotFit, match="text has 3 characters and the recording 4 time steps"):
        check_length("abc", 4)
