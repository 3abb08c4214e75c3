"""Values of attributes in messages, and those that are refused."""

import pytest

from gradviz.errors import BadRecording
from gradviz.recording.check_attributes import check_attributes_of_variable, shown


@pytest.mark.parametrize(
    ("value", "text"),
    [("x" * 58, repr("x" * 58)), ("x" * 59, "'" + "x" * 56 + "..."), ("a\n \tb", r"'a\n \tb'"), (1.5, "1.5")],
)
def test_a_value_is_cut_after_60_characters(value, text):
    assert shown(value) == text
    assert len(text) <= 60


def test_units_are_text():
    check_attributes_of_variable("loss", {"units": "1", "long_name": "loss", "mine": 3})
    with pytest.raises(BadRecording, match="attribute 'units' of 'loss' is 3; expected"):
        check_attributes_of_variable("loss", {"units": 3})
