"""Writes files atomically."""

from __future__ import annotations

import contextlib
import glob
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO


@contextlib.contextmanager
def replaced_atomically(target: Path) -> Iterator[BinaryIO]:
    """A new file under a temporary name beside its target, moved into its place at the end.

    What a process that was killed has left of the same file is removed.

    Parameters
    ----------
    target : Path
        In a folder that exists. An existing file is replaced.

    Yields
    ------
    binary file
        Open for writing and reading.

    Raises
    ------
    OSError
        If it cannot be written. The target is then unchanged and no temporary file is left, as after an
        exception in the block.
    """
    remove_unfinished(target.parent, glob.escape(target.name))
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        with open(temporary, "w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)
    _sync_folder(target.parent)


def write_atomically(target: Path, data: bytes | memoryview) -> None:
    """Write a file as a whole, as `replaced_atomically` does.

    Parameters
    ----------
    target : Path
    data : bytes or memoryview

    Raises
    ------
    OSError
        As `replaced_atomically`.
    """
    with replaced_atomically(target) as file:
        file.write(data)


def remove_unfinished(folder: Path, pattern: str = "*", *, alone: bool = False) -> None:
    """Remove the temporary files of processes that were killed while they wrote a file.

    Parameters
    ----------
    folder : Path
        It need not exist.
    pattern : str
        Names of the files that were to be written, as in `fnmatch`.
    alone : bool
        Whether a lock keeps every other process from writing there; then all temporary files are removed,
        and not only those of processes that are gone. A number may have been given to another process.
    """
    for left in folder.glob(f".{pattern}.*.tmp"):
        number = left.name.split(".")[-2]
        if number.isdigit() and (alone or not _is_alive(int(number))):
            left.unlink(missing_ok=True)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:  # of another user
        return True
    return True


def _sync_folder(folder: Path) -> None:
    with contextlib.suppress(OSError):  # not every system supports it
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
