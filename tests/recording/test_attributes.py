"""Attributes in the types that a file can hold."""

import numpy as np
import pytest

from gradviz.recording.attributes import as_attribute, can_be_stored, from_disk


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        (2**63 - 1, 2**63 - 1),
        (-(2**63), -(2**63)),
        (2**63, "9223372036854775808"),
        (-(2**63) - 1, "-9223372036854775809"),
        (True, 1),
        (np.float32(0.5), 0.5),
        (np.bool_(False), 0),
        ("text", "text"),
        ([1, "a"], '[1, "a"]'),
        ({"at": 1j}, '{"at": "1j"}'),
        (None, "null"),
    ],
)
def test_what_is_stored(value, stored):
    assert as_attribute(value) == stored
    assert type(as_attribute(value)) is type(stored)


@pytest.mark.parametrize(
    ("name", "can"), [("a.b", True), ("", False), ("a/b", False), ("a\n", False), (".", False), ("..", False)]
)
def test_names(name, can):
    assert can_be_stored(name) is can


def test_plain_values_come_back():
    found = from_disk({"a": np.int64(3), "b": np.array([2.5]), "c": "x", "d": np.array([1, 2])})
    assert found.pop("d").tolist() == [1, 2]
    assert found == {"a": 3, "b": 2.5, "c": "x"}
    assert type(found["a"]) is int
