"""A file to disk, whole or not at all."""

import errno
import os

import pytest

from gradviz.recording.atomic import write_atomically


def test_it_is_there_and_nothing_else(tmp_path):
    write_atomically(tmp_path / "x", b"one")
    write_atomically(tmp_path / "x", memoryview(b"two"))
    assert (tmp_path / "x").read_bytes() == b"two"
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_on_a_full_disk_the_old_one_stays(tmp_path, monkeypatch, call):
    write_atomically(tmp_path / "x", b"one")
    monkeypatch.setattr(os, call, lambda *_: (_ for _ in ()).throw(OSError(errno.ENOSPC, "No space left")))
    with pytest.raises(OSError, match="No space left"):
        write_atomically(tmp_path / "x", b"two")
    assert (tmp_path / "x").read_bytes() == b"one"
    assert [path.name for path in tmp_path.iterdir()] == ["x"]
