"""Bytes as text, compressed where that saves something."""

import os

from hypothesis import given, settings
from hypothesis import strategies as st

from gradviz.report.data.packed_bytes import packed, unpacked


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=300).map(lambda some: some * 20))
def test_bytes_come_back(raw):
    assert unpacked(packed(raw)) == raw


def test_only_what_becomes_much_shorter_is_compressed():
    assert packed(bytes(2048))["compression"] == "gzip"
    assert len(packed(bytes(2048))["base64"]) < 70
    assert packed(bytes(2047))["compression"] == "none"
    assert packed(os.urandom(3000))["compression"] == "none"
    assert packed(os.urandom(2900) + bytes(300))["compression"] == "none"  # saves less than a tenth
    assert packed(b"") == {"compression": "none", "base64": ""}


def test_the_same_bytes_give_the_same_text():
    assert packed(bytes(3000)) == packed(bytes(3000))
