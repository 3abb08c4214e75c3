"""The options of `gv.storage`."""

from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

import gradviz as gv
from gradviz.errors import UnknownName


def test_it_keeps_its_options_and_touches_nothing(tmp_path):
    place = gv.storage(tmp_path / "mine", append=True, on_error="raise", metadata={"seed": 3})
    assert (place.path, place.append, place.on_error) == (tmp_path / "mine", True, "raise")
    assert place.metadata == {"seed": 3}
    assert not list(tmp_path.iterdir())
    with pytest.raises(FrozenInstanceError):
        place.append = False


def test_the_defaults():
    place = gv.storage("runs/mine")
    assert (place.path, place.append, place.on_error) == (Path("runs/mine"), False, "warn")
    assert place.metadata is None


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"path": 3}, TypeError, "storage takes the path of a folder, not int"),
        ({"path": b"x"}, TypeError, "not bytes"),
        ({"append": 1}, ValueError, "append = 1: must be true or false"),
        (
            {"on_error": "warm"},
            UnknownName,
            r"unknown on_error 'warm'; did you mean 'warn'\? \(raise",
        ),
        ({"metadata": [1]}, TypeError, "metadata is a mapping of names to values, not list"),
        ({"metadata": {"torch": "2"}}, ValueError, "metadata cannot have the names 'torch'"),
    ],
)
def test_wrong_options(options, error, message):
    path = options.pop("path", "mine")
    with pytest.raises(error, match=message):
        gv.storage(path, **options)


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        ({}, "gv.storage('runs/mine')"),
        ({"append": True, "on_error": "raise"}, "gv.storage('runs/mine', append=True, on_error='raise')"),
        ({"metadata": {"seed": 3, "text": "x" * 9999}}, "gv.storage('runs/mine', metadata of seed, text)"),
    ],
)
def test_how_it_is_shown(options, shown):
    assert repr(gv.storage("runs/mine", **options)) == shown
