"""A lock, so that only one process at a time works in a run's folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from gradviz.errors import GradvizError
from gradviz.experiment.run.folder import LOCK


class RunIsBusy(GradvizError, RuntimeError):
    """Another process is working on the same run."""


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder; the operating system releases it however the process ends.

    Raises
    ------
    RunIsBusy
        If another process holds the lock.
    OSError
        If the folder cannot be written to.
    """
    lock = FileLock(folder / LOCK, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise RunIsBusy(
            f"{folder} is being written by another process: wait until it ends, or stop it"
        ) from None
    try:
        yield
    finally:
        lock.release()
