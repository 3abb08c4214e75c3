"""Why a panel has no data, in words."""

import pytest

from gradviz.errors import BadRecording
from gradviz.report.data.missing import Missing, or_missing


def fails(error):
    def read():
        raise error

    return read


def test_what_can_be_read_is_returned():
    assert or_missing("gates", lambda: 3) == 3


def test_the_words_of_the_package_are_kept():
    found = or_missing("gates", fails(BadRecording("made with detail='norms' (use detail='full')")))
    assert found == Missing("gates", "made with detail='norms' (use detail='full')")
    assert found.to_json() == {
        "missing": "gates",
        "how_to_get_it": "made with detail='norms' (use detail='full')",
    }


def test_other_errors_name_their_kind():
    assert or_missing("gates", fails(KeyError("unit"))).how_to_get_it == (
        "this cannot be computed from the recording (KeyError: 'unit')"
    )


def test_a_mistake_of_the_package_is_not_hidden():
    with pytest.raises(AttributeError):
        or_missing("gates", fails(AttributeError("x")))
