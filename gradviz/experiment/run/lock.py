"""One process at a time in a run's folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from gradviz.errors import GradvizError
from gradviz.experiment.run.folder import LOCK


class RunIsBusy(GradvizError, RuntimeError):
    """Another process is at work on the same run."""

    exit_code = 1


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a folder; the operating system lets go of it however the process ends.

    Raises
    ------
    RunIsBusy
        When another process holds it.
    OSError
        When nothing can be written there.
    """
    lock = FileLock(folder / LOCK, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise RunIsBusy(f"{folder} is being written by another process: wait for it, or stop it") from None
    try:
        yield
    finally:
        lock.release()
