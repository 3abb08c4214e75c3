"""A claim says what its numbers are like, or nothing."""

import pytest

from gradviz.gallery.claim import ClaimRefused, decide
from gradviz.gallery.words import Words, use_language


def both(en, de):
    return {"en": en, "de": de}


WORDS = Words(
    "example",
    {
        "title": {
            "rule": both("helps: below 1", "helps: unter 1"),
            "helps": both("It helps: {ratio:.1f}", "Es hilft: {ratio:.1f}"),
            "hurts": both("It hurts: {ratio:.1f}", "Es schadet: {ratio:.1f}"),
        }
    },
)


def about(ratio):
    return decide(WORDS, "title", {"helps": ratio < 1, "hurts": ratio > 1}, ratio=ratio)


def test_each_outcome_has_its_sentence():
    assert about(0.5) == ("title", "helps", "It helps: 0.5", "helps: below 1", {"ratio": 0.5})
    assert about(1.5).sentence == "It hurts: 1.5"
    with use_language("de"):
        assert about(1.5).sentence == "Es schadet: 1,5"


@pytest.mark.parametrize("ratio", [1.0, float("nan")])
def test_where_no_outcome_fits_nothing_is_said(ratio):
    with pytest.raises(ClaimRefused, match=r"example: the data fit no outcome of the claim 'title' "):
        about(ratio)


def test_two_outcomes_at_once_are_a_mistake():
    with pytest.raises(ValueError, match="several outcomes: helps, hurts"):
        decide(WORDS, "title", {"helps": True, "hurts": True}, ratio=1.0)
