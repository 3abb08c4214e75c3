"""One writer in a recording's folder."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout

from gradviz.errors import FolderIsBusy

LOCK = ".writing.lock"

_LOCKS = Path("/proc/locks")  # of every process that this one can see; Linux only


class WriterLock:
    """Holds a folder from its making to `release`; the system lets it go however the process ends.

    Parameters
    ----------
    folder : Path
        Exists already.

    Raises
    ------
    FolderIsBusy
        If it is held, by another process or by another recording of this one.
    OSError
        If the folder cannot be written to.
    """

    def __init__(self, folder: Path):
        self._file = folder / LOCK
        self._lock = FileLock(self._file, timeout=0)
        try:
            self._lock.acquire()
        except Timeout:
            raise FolderIsBusy(
                f"another recording is being written to {folder}, by another process or by a tape of this "
                "one that is not closed; choose another path, or wait until it ends"
            ) from None

    def release(self) -> None:
        """Let it go, and remove the lock's file."""
        if self._lock.is_locked:
            self._file.unlink(missing_ok=True)  # while it is held, so that nobody else's is removed
            self._lock.release()


def is_held_here(folder: Path) -> bool:
    """Whether a process of this machine is known to hold a folder; the folder and its lock are not touched.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    bool
        False also where it cannot be told: a writer on another machine or in another container, or a
        system without a list of locks.
    """
    with suppress(OSError):
        number = str((folder / LOCK).stat().st_ino)
        lines = _LOCKS.read_text(encoding="ascii", errors="replace").splitlines()
        return any(number == field.rpartition(":")[2] for line in lines for field in line.split()[-3:-2])
    return False
