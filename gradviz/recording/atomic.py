"""Writes files atomically."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path


def write_atomically(target: Path, data: bytes | memoryview) -> None:
    """Write a file under a temporary name beside its target and move it into place.

    Parameters
    ----------
    target : Path
        In a folder that exists. An existing file is replaced.
    data : bytes or memoryview

    Raises
    ------
    OSError
        If it cannot be written. The target is then unchanged and no temporary file is left.
    """
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        with open(temporary, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)
    _sync_folder(target.parent)


def _sync_folder(folder: Path) -> None:
    with contextlib.suppress(OSError):  # not every system supports it
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
