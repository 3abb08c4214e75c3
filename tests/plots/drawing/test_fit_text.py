"""Text broken into lines that fit a width."""

import matplotlib as mpl
import pytest

from gradviz.plots.drawing.fit_text import fit_text, font_size, text_width

TEXT = "The gradient has to cross sixty steps"


@pytest.mark.parametrize("part", [1.01, 0.6, 0.3])
def test_every_line_fits_and_no_word_is_lost(part):
    width = part * text_width(TEXT, size=12)
    lines = fit_text(TEXT, width=width, size=12).split("\n")
    assert " ".join(lines) == TEXT
    assert max(text_width(line, size=12) for line in lines) <= width
    assert (len(lines) == 1) == (part > 1)


def test_a_word_that_is_too_wide_stays_whole():
    assert fit_text("hyperparameters of it", width=1, size=12) == "hyperparameters\nof\nit"


def test_a_font_size_that_is_a_word():
    with mpl.rc_context({"font.size": 10, "xtick.labelsize": "medium"}):
        assert font_size("xtick.labelsize") == 10
