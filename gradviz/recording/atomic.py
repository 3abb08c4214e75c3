"""Writes files atomically."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO


@contextlib.contextmanager
def replaced_atomically(target: Path) -> Iterator[BinaryIO]:
    """A new file under a temporary name beside its target, moved into its place at the end.

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


def _sync_folder(folder: Path) -> None:
    with contextlib.suppress(OSError):  # not every system supports it
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
