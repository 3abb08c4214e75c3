"""A number of a finding in a sentence."""

import math

import pytest

from gradviz.diagnosis.amount_in_words import amount_in_words


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (20.94, "decades", "lost: 20.9 decades"),
        (1.0, "decades", "lost: 1 decade"),
        (1.0, "1", "lost: 1"),
        (0.25, "", "lost: 0.25"),
        (math.inf, "decades", "lost: all of it (exactly zero arrives)"),
        (math.inf, "time steps", "lost: inf time steps"),
        (math.nan, "decades", "lost: nan decades"),
        (1e308, "1", "lost: 1e+308"),
    ],
)
def test_in_words(value, unit, words):
    assert amount_in_words("lost", value, unit) == words
