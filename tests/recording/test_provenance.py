"""What a recording says about itself, and metadata that it cannot hold."""

import platform

import pytest

import gradviz as gv
from gradviz.recording.provenance import FORMAT_ATTRIBUTE, FORMAT_VERSION, check_metadata, provenance


def test_versions_and_what_the_user_adds():
    found = provenance({"seed": 3, "config": {"a": [1]}}, torch_version="9.9")
    assert found[FORMAT_ATTRIBUTE] == FORMAT_VERSION
    assert (found["seed"], found["config"]) == (3, '{"a": [1]}')
    assert {gv.__version__, "9.9", platform.python_version()} <= set(map(str, found.values()))
    again = provenance({"seed": 4}, origin={"torch_version": "1", FORMAT_ATTRIBUTE: 1})
    assert again == {"torch_version": "1", FORMAT_ATTRIBUTE: FORMAT_VERSION, "seed": 4}


@pytest.mark.parametrize("metadata", [None, {}, {"text": "a\nb ü"}, {"lag": 3}])
def test_what_can_be_stored(metadata):
    check_metadata(metadata)


@pytest.mark.parametrize(
    ("metadata", "message"),
    [
        ({"a": "x\0y"}, "metadata 'a': its name or its text has characters that no file can hold"),
        ({"a": "\ud800"}, "metadata 'a': its name"),
        ({"b": "\udfff"}, "metadata 'b': its name"),
        ({"a/b": 1}, "metadata 'a/b': its name"),
        ({FORMAT_ATTRIBUTE: 1}, "cannot have the names"),
        ({"lag": 0}, "metadata: attribute 'lag' is 0; expected a whole number from 1"),
    ],
)
def test_what_cannot(metadata, message):
    with pytest.raises(ValueError, match=message):
        check_metadata(metadata)


def test_metadata_are_a_mapping():
    with pytest.raises(TypeError, match="a mapping of names to values, not list"):
        check_metadata([("a", 1)])
