"""Values on disk that are read when they are asked for."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from xarray.backends import BackendArray
from xarray.core import indexing

from gradviz.errors import BadRecording
from gradviz.recording.netcdf import Head
from gradviz.recording.stored_values import read_values


def identity(path: Path) -> tuple[int, int, int]:
    """What changes if a file is written again: its inode, size and time.

    Parameters
    ----------
    path : Path

    Returns
    -------
    tuple of int
    """
    found = os.stat(path)
    return found.st_ino, found.st_size, found.st_mtime_ns


class StoredArray(BackendArray):
    """A variable of a file. The file is open only while values are read.

    Parameters
    ----------
    path : Path
    name : str
        Path of the variable in the file.
    head : Head
    seen : tuple
        The file's `identity` when it was loaded.

    Raises
    ------
    BadRecording
        When it is read, if the file has gone or was written again since then.
    """

    def __init__(self, path: Path, name: str, head: Head, seen: tuple[int, int, int]):
        self._path, self._name, self._head, self._seen = path, name, head, seen
        self.shape, self.dtype = head.shape, head.dtype

    def __getitem__(self, key: indexing.ExplicitIndexer) -> Any:
        return indexing.explicit_indexing_adapter(
            key, self.shape, indexing.IndexingSupport.OUTER_1VECTOR, self._read
        )

    def _read(self, key: tuple[Any, ...]) -> np.ndarray:
        try:
            is_same = identity(self._path) == self._seen
        except FileNotFoundError:
            is_same = False
        if not is_same:
            raise BadRecording(f"{self._path} has changed since it was loaded; load it again")
        with h5py.File(self._path, "r") as file:
            return read_values(file[self._name], self._head, key)


def when_asked_for(array: BackendArray) -> Any:
    """Values of an xarray variable that are read when they are asked for, and then kept.

    Parameters
    ----------
    array : BackendArray

    Returns
    -------
    MemoryCachedArray
    """
    return indexing.MemoryCachedArray(indexing.LazilyIndexedArray(array))
