"""Suggestions for misspelt and abbreviated names."""

import pytest

from gradviz.errors import nearest, unknown_name

KEYS = ["steps", "batch_size", "learning_rate", "clip_norm", "clip_value"]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("step", "steps"),
        ("learningrate", "learning_rate"),
        ("lr", "learning_rate"),
        ("bs", "batch_size"),
        ("batch", "batch_size"),
        ("clip", "clip_norm"),  # the first of two
        ("b", None),  # one letter is not an abbreviation
        ("", None),
        ("colour", None),
    ],
)
def test_the_name_that_was_meant(name, meant):
    assert nearest(name, KEYS) == meant


def test_a_name_of_one_word_has_one_initial():
    assert nearest("s", ["steps"]) is None


def test_it_is_in_the_message():
    assert str(unknown_name("key", "lr", KEYS)).startswith(
        "unknown key 'lr'; did you mean 'learning_rate'? ("
    )
