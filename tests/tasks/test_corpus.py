"""A text and its held-out end."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradviz.tasks.corpus import Corpus


@settings(max_examples=50, deadline=None)
@given(text=st.text("abcde", min_size=1, max_size=40), held_out=st.floats(0, 0.99))
def test_the_parts_are_the_text(text, held_out):
    corpus = Corpus(text, held_out)
    training, validation = (
        corpus.alphabet.text(part.tolist()) for part in (corpus.training, corpus.validation)
    )
    assert training + validation == text
    assert len(validation) == pytest.approx(held_out * len(text), abs=0.5)
    assert corpus.alphabet.characters == "".join(sorted(set(text)))


def test_a_tenth_by_hand():
    corpus = Corpus("aaaaaaaaab", 0.1)
    assert corpus.training.tolist() == [0] * 9
    assert corpus.validation.tolist() == [1]
    assert len(Corpus("ab").validation) == 0
