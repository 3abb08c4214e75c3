"""Bytes as text, compressed where that is shorter."""

import os

from hypothesis import given, settings
from hypothesis import strategies as st

from gradviz.report.data.packed_bytes import packed, unpacked


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=300))
def test_bytes_come_back(raw):
    assert unpacked(packed(raw)) == raw


def test_only_what_becomes_shorter_is_compressed():
    assert packed(bytes(1000))["compression"] == "gzip"
    assert len(packed(bytes(1000))["base64"]) < 60
    assert packed(os.urandom(200))["compression"] == "none"
    assert packed(b"") == {"compression": "none", "base64": ""}


def test_the_same_bytes_give_the_same_text():
    assert packed(bytes(1000)) == packed(bytes(1000))
