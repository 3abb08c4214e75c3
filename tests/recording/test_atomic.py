"""Files are written completely or not at all."""

import errno
import os

import pytest

from gradviz.recording import atomic
from gradviz.recording.atomic import remove_unfinished, write_atomically


def test_only_the_file_is_left(tmp_path):
    write_atomically(tmp_path / "x", b"one")
    write_atomically(tmp_path / "x", memoryview(b"two"))
    assert (tmp_path / "x").read_bytes() == b"two"
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_full_disk_leaves_the_old_file(tmp_path, monkeypatch, call):
    write_atomically(tmp_path / "x", b"one")
    monkeypatch.setattr(os, call, lambda *_: (_ for _ in ()).throw(OSError(errno.ENOSPC, "No space left")))
    with pytest.raises(OSError, match="No space left"):
        write_atomically(tmp_path / "x", b"two")
    assert (tmp_path / "x").read_bytes() == b"one"
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


NOBODY = 4_194_305  # beyond the largest number of a process on Linux


def test_what_a_dead_process_left_is_removed_and_nothing_else(tmp_path):
    ours, dead = f".x.nc.{os.getpid()}.tmp", f".x.nc.{NOBODY}.tmp"
    kept = (ours, "x.nc", ".x.nc.tmp", ".x.nc.old.tmp", f".y.nc.{NOBODY}.tmp", f"x.nc.{NOBODY}.tmp")
    for name in (dead, *kept):
        (tmp_path / name).write_bytes(b"half")
    remove_unfinished(tmp_path, "x.nc")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(kept)
    remove_unfinished(tmp_path, alone=True)
    assert not (tmp_path / ours).exists()
    assert not (tmp_path / f".y.nc.{NOBODY}.tmp").exists()
    remove_unfinished(tmp_path / "missing")


def test_the_name_of_a_temporary_file_is_one_that_is_removed(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "getpid", lambda: NOBODY)
    monkeypatch.setattr(type(tmp_path), "unlink", lambda *given, **options: None)  # as after a kill
    monkeypatch.setattr(os, "replace", lambda *given: None)
    write_atomically(tmp_path / "x", b"half")
    monkeypatch.undo()
    assert [path.name for path in tmp_path.iterdir()] == [f".x.{NOBODY}.tmp"]
    remove_unfinished(tmp_path, "x")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["x.nc", "a [1] of x?.nc"])
def test_a_file_that_is_written_again_leaves_nothing_of_a_killed_writer(tmp_path, name):
    left, other = tmp_path / f".{name}.{NOBODY}.tmp", tmp_path / f".y.nc.{NOBODY}.tmp"
    for half in (left, other):
        half.write_bytes(b"half")
    write_atomically(tmp_path / name, b"whole")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([name, other.name])


def test_what_another_process_removes_at_the_same_time_is_no_error(tmp_path, monkeypatch):
    left = tmp_path / f".x.{NOBODY}.tmp"
    left.touch()
    monkeypatch.setattr(atomic, "_is_alive", lambda process: left.unlink())
    remove_unfinished(tmp_path, "x")
    assert not list(tmp_path.iterdir())


def test_a_process_of_somebody_else_is_alive(tmp_path, monkeypatch):
    native = os.kill

    def kill(process, number):
        if process == 7:
            raise PermissionError
        native(process, number)

    (tmp_path / ".x.7.tmp").touch()
    (tmp_path / f".x.{10**30}.tmp").touch()  # no process has such a number
    monkeypatch.setattr(os, "kill", kill)
    remove_unfinished(tmp_path, "x")
    assert [path.name for path in tmp_path.iterdir()] == [".x.7.tmp"]
