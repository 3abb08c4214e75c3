"""``-s key=value``."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradviz.experiment.config.overrides import override, read_value
from gradviz.experiment.config.validation import BadExperiment


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", 3),
        ("1e-3", 1e-3),
        ("true", True),
        ("lstm", "lstm"),
        ('"two words"', "two words"),
        ("[1, 2]", [1, 2]),
        ("corpora/mine.txt", "corpora/mine.txt"),
        ("{value = 3}", {"value": 3}),
    ],
)
def test_values(text, value):
    assert read_value(text) == value
    assert type(read_value(text)) is type(value)


@given(st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_are_read_as_they_are_written(number):
    assert read_value(repr(number)) == number


@pytest.mark.parametrize("text", ["", "two words", "[1,", "3\nname = 'x'", "a=b"])
def test_text_that_is_not_a_value(text):
    with pytest.raises(ValueError, match="is not a TOML value"):
        read_value(text)


def test_values_are_replaced_added_and_the_table_stays_as_it_was():
    table = {"seed": 0, "model": {"cell": "rnn"}}
    changed = override(table, ["seed=3", "model.cell=lstm", "training.steps=5", "sweep.model.cell=['gru']"])
    assert changed == {
        "seed": 3,
        "model": {"cell": "lstm"},
        "training": {"steps": 5},
        "sweep": {"model.cell": ["gru"]},
    }
    assert table == {"seed": 0, "model": {"cell": "rnn"}}


def test_the_last_of_two_wins():
    assert override({}, ["seed=1", "seed=2"]) == {"seed": 2}


def test_all_that_cannot_be_read_at_once():
    with pytest.raises(BadExperiment) as found:
        override({"seed": 0}, ["seed", "=3", "model..cell=x", "seed.x=3", "name=a b", "seed=1"])
    assert str(found.value).splitlines() == [
        "-s seed: must be key=value, as in training.steps=500",
        "-s =3: must be key=value, as in training.steps=500",
        "-s model..cell=x: must be key=value, as in training.steps=500",
        "-s seed.x=3: seed is not a table: no value can be set in it",
        "-s name=a b: 'a b' is not a TOML value; text with spaces needs quotes inside quotes",
    ]


@pytest.mark.parametrize("key", ["sweep.task.length", 'sweep."task.length"', "sweep.'task.length'"])
def test_a_swept_key_may_have_quotes_as_in_the_file(key):
    table = {"sweep": {"task.length": [20, 40]}}
    assert override(table, [f"{key}=[10]"]) == {"sweep": {"task.length": [10]}}
