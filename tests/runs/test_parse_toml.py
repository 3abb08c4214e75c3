"""TOML, with whichever parser this version of Python has."""

import pytest

from gradviz.runs.parse_toml import TOMLDecodeError, parse


def test_it_parses():
    assert parse('model = {cell = "lstm"}') == {"model": {"cell": "lstm"}}
    with pytest.raises(TOMLDecodeError):
        parse("seed = ")
