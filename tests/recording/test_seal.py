"""The seal of a file."""

import io
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gradviz as gv
from gradviz.errors import BadRecording
from gradviz.recording import seal as seal_module
from gradviz.recording.save import save
from gradviz.recording.seal import HDF5_SIGNATURE, USER_BLOCK, BrokenSeal, check_seal, write_seal


def sealed(content, steps=""):
    file = io.BytesIO(bytes(USER_BLOCK) + content)
    write_seal(file, steps=steps)
    return file.getvalue()


def read(path, content):
    path.write_bytes(content)
    return check_seal(path)


def test_what_the_user_block_says(tmp_path):
    whole = sealed(b"0123456789", "3-17")
    found = read(tmp_path / "x", whole)
    assert (found.steps, found.size) == ("3-17", 10)
    lines = whole[:USER_BLOCK].rstrip(b"\0").decode().splitlines()
    assert lines[:3] == ["gradviz recording", "steps 3-17", "bytes 10"]
    assert lines[3] == f"sha256 {found.digest}"
    assert whole[USER_BLOCK:] == b"0123456789"


def test_the_digest_by_hand(tmp_path, monkeypatch):
    """SHA-256 of the text and of the digest of each block."""
    from hashlib import sha256

    monkeypatch.setattr(seal_module, "_BLOCK", 4)
    found = read(tmp_path / "x", sealed(b"0123456789", "0-1"))
    blocks = [sha256(part).digest() for part in (b"0123", b"4567", b"89")]
    assert found.digest == sha256(b"0-1 10" + b"".join(blocks)).hexdigest()


@settings(deadline=None, max_examples=40)
@given(st.binary(max_size=60), st.integers(1, 16), st.data())
def test_every_flipped_bit_and_every_cut_is_seen(tmp_path_factory, content, block, data):
    path = tmp_path_factory.mktemp("sealed") / "x"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(seal_module, "_BLOCK", block)
        whole = bytearray(sealed(content, "0-9"))
        assert read(path, bytes(whole)).size == len(content)
        place, bit = data.draw(st.integers(0, len(whole) - 1)), data.draw(st.integers(0, 7))
        whole[place] ^= 1 << bit
        with pytest.raises(BrokenSeal):
            read(path, bytes(whole))
        whole[place] ^= 1 << bit
        with pytest.raises(BrokenSeal):
            read(path, bytes(whole[: data.draw(st.integers(0, len(whole) - 1))]))
        with pytest.raises(BrokenSeal):
            read(path, bytes(whole) + b"\0")


def test_a_file_without_a_seal_is_not_judged(tmp_path):
    assert read(tmp_path / "x", HDF5_SIGNATURE + b"anything") is None
    with pytest.raises(BrokenSeal, match="does not begin as one"):
        read(tmp_path / "x", b"something else")


def test_a_recording_with_a_flipped_bit_is_never_other_numbers(record, recording, tmp_path):
    path = save(recording(record(0), record(1), metadata={"seed": 3}), tmp_path / "x.nc")
    whole, rng = path.read_bytes(), random.Random(0)
    for _ in range(200):
        damaged = bytearray(whole)
        damaged[rng.randrange(len(whole))] ^= 1 << rng.randrange(8)
        path.write_bytes(damaged)
        with pytest.raises(BadRecording, match="is damaged or is not a netCDF4 file"):
            gv.load(path)
    path.write_bytes(whole)
    assert gv.load(path).attrs["seed"] == 3


def test_the_error_names_the_steps_where_the_seal_can_be_read(record, recording, tmp_path):
    path = save(recording(record(4), record(7)), tmp_path / "x.nc")
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(
        BadRecording, match=r"not those that were written\); it held the training steps 0 to 7"
    ):
        gv.load(path)
    path.write_bytes(b"x" + whole[1:])
    with pytest.raises(BadRecording, match=r"\(it does not begin as one\)$"):
        gv.load(path)
