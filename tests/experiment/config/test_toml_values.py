"""TOML's lists and Python's tuples."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradviz.experiment.config.toml import parse
from gradviz.experiment.config.toml_values import (
    as_option,
    as_toml,
    by_dotted_key,
    lists_to_tuples,
    tuples_to_lists,
)

PLAIN = (
    st.booleans()
    | st.integers(-(2**62), 2**62)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
)
VALUES = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
)


def test_lists_become_tuples():
    assert lists_to_tuples({"length": [2, [3]], "name": "a"}) == {"length": (2, (3,)), "name": "a"}
    assert as_option([1, 2]) == (1, 2)


def test_tuples_become_lists_and_none_is_left_out():
    assert tuples_to_lists({"length": (2, 3), "file": None, "name": "a"}) == {"length": [2, 3], "name": "a"}


@given(value=VALUES)
def test_what_is_written_as_toml_is_read_back(value):
    assert parse(f"value = {as_toml(value)}") == {"value": value}
    assert "\n" not in as_toml(value)


@pytest.mark.parametrize(
    "value",
    [
        float("inf"),
        float("-inf"),
        datetime.date(2026, 1, 2),
        datetime.time(3, 4, 5),
        datetime.datetime(2026, 1, 2, 3, 4, 5),
    ],
)
def test_infinity_and_times(value):
    assert parse(f"value = {as_toml([value])}") == {"value": [value]}


def test_what_toml_does_not_have():
    assert as_toml((1, 0.001, "a")) == '[1, 0.001, "a"]'
    with pytest.raises(TypeError, match="TOML has no None: leave the key out"):
        as_toml({"file": None})


def test_a_table_may_be_a_value():
    table = {"a": {"low": 1, "high": 2}, "b": {"c": {"low": 3}, "d": {}}}
    assert by_dotted_key(table, is_value=lambda one: "low" in one) == {
        "a": {"low": 1, "high": 2},
        "b.c": {"low": 3},
        "b.d": {},
    }
