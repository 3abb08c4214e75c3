"""A file for HDF5, which ends the process if the disk is full while it closes one."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from typing import Any, BinaryIO


class PatientFile(io.RawIOBase):
    """Passes everything on to a file until a write fails; from then on it keeps what is written in memory.

    Parameters
    ----------
    file : binary file
        Open for writing and reading.

    Attributes
    ----------
    error : OSError or None
        The first error. The file on disk is incomplete then.
    """

    def __init__(self, file: BinaryIO):
        super().__init__()
        self._file = file
        self._place = self._size = 0
        self._kept: list[tuple[int, bytes]] = []
        self.error: OSError | None = None

    def check(self) -> None:
        """Raise the first error, if there was one."""
        if self.error is not None:
            raise self.error

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._place

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._place, os.SEEK_END: self._size}[whence]
        self._place = start + offset
        return self._place

    def truncate(self, size: int | None = None) -> int:
        self._size = self._place if size is None else size
        if self.error is None:
            self._try(lambda: self._file.truncate(self._size))
        return self._size

    def write(self, data: Any) -> int:
        view = memoryview(data).cast("B")
        place, self._place = self._place, self._place + len(view)
        self._size = max(self._size, self._place)
        if self.error is None:
            self._try(lambda: (self._file.seek(place), self._file.write(view)))
        if self.error is not None:
            self._kept.append((place, bytes(view)))
        return len(view)

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")
        count = max(min(len(view), self._size - self._place), 0)
        self._file.seek(self._place)
        found = bytearray(self._file.read(count).ljust(count, b"\0"))
        for place, data in self._kept:
            start = max(place, self._place)
            end = min(place + len(data), self._place + count)
            if start < end:
                found[start - self._place : end - self._place] = data[start - place : end - place]
        view[:count] = found
        self._place += count
        return count

    def flush(self) -> None:
        if self.error is None and not self._file.closed:  # Python calls it once more when this object goes
            self._try(self._file.flush)

    def _try(self, write: Callable[[], object]) -> None:
        try:
            write()
        except OSError as error:
            self.error = error
