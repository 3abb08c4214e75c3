"""Heaps of text and references in files without a seal."""

import gzip
import struct
from pathlib import Path

import h5py
import numpy as np
import pytest

import gradviz as gv
from gradviz.errors import BadRecording
from gradviz.recording.check_heaps import check_heaps

STORED = Path(__file__).parent / "stored" / "format_1.nc.gz"


def heap(*objects, size=256):
    """A heap with objects (index, bytes), and free space behind them."""
    body = b"".join(
        struct.pack("<HH4xQ", index, 1, count) + bytes((count + 7) // 8 * 8) for index, count in objects
    )
    free = size - 16 - len(body)
    return (
        struct.pack("<4sB3xQ", b"GCOL", 1, size) + body + struct.pack("<HH4xQ", 0, 0, free).ljust(free, b"\0")
    )


def checked(tmp_path, content):
    path = tmp_path / "x"
    path.write_bytes(content)
    check_heaps(path)


def test_sound_heaps_pass(tmp_path):
    checked(tmp_path, b"before" + heap((1, 5), (2, 40)) + heap() + b"after")
    checked(tmp_path, heap((1, 5), size=64)[:40])
    checked(tmp_path, b"GCOL\x01\0\0\0")
    checked(tmp_path, gzip.decompress(STORED.read_bytes()))


def test_sound_heaps_of_h5py_pass(tmp_path):
    with h5py.File(tmp_path / "x.h5", "w") as file:
        for place in range(40):
            file.attrs[f"a{place}"] = "text " * place
        file["words"] = np.array(["one", "two" * 900], dtype=h5py.string_dtype())
        del file.attrs["a7"]
    assert b"GCOL" in (tmp_path / "x.h5").read_bytes()
    check_heaps(tmp_path / "x.h5")


def test_free_space_without_bytes_is_an_error(tmp_path):
    whole = bytearray(heap((1, 5)))
    place = 16 + 16 + 8
    whole[place + 8 : place + 16] = bytes(8)
    with pytest.raises(BadRecording, match=f"is damaged at byte {place}"):
        checked(tmp_path, bytes(whole))


def test_a_recording_that_would_be_read_without_end_is_refused(tmp_path):
    """Zeroed pieces of a recording of format 1 at which HDF5 1.14 never returned."""
    whole = gzip.decompress(STORED.read_bytes())
    for start, stop in ((943, 1002), (3081, 3138)):
        path = tmp_path / "x.nc"
        path.write_bytes(whole[:start] + bytes(stop - start) + whole[stop:])
        with pytest.raises(BadRecording, match="a heap of text and references is damaged"):
            gv.load(path)
