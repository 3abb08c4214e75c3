"""Checks a recording's file before it is read: that it is one, and what its groups hold."""

from __future__ import annotations

import math
from pathlib import Path

import h5py

from gradviz.errors import BadRecording
from gradviz.recording.regular_file import NotAFile, check_regular_file

_MOST_EXPANSION = 2000  # deflate makes at most 1032 bytes of one
_ALWAYS_ALLOWED = 64 * 2**20


def check_is_file(path: Path) -> None:
    """Raise if there is something else than a file, which might never end.

    Parameters
    ----------
    path : Path

    Raises
    ------
    BadRecording
        If it is not a regular file.
    """
    try:
        check_regular_file(path)
    except NotAFile as error:
        raise BadRecording(str(error)) from None


def check_content(path: Path) -> None:
    """Raise if a file of another program could not be read in finite time and memory.

    Parameters
    ----------
    path : Path

    Raises
    ------
    BadRecording
        If a group holds a link instead of a group or values of its own, groups are
        nested deeper than modules are, or the values would take far more memory than the file can hold.
    OSError
        If it cannot be opened as an HDF5 file.
    """
    with h5py.File(path, "r") as file:
        size = _checked_size(file, depth=0)
    limit = _ALWAYS_ALLOWED + _MOST_EXPANSION * path.stat().st_size
    if size > limit:
        raise BadRecording(
            f"its values would take {size:.3g} bytes of memory, more than its {path.stat().st_size} bytes on "
            "disk can hold"
        )


def _checked_size(group: h5py.Group, *, depth: int) -> int:
    """Bytes that the values in a group take in memory."""
    size = 0
    for name in group:
        if not isinstance(group.get(name, getlink=True), h5py.HardLink):
            raise BadRecording(f"{group.name} holds a link {name!r}; expected groups and values only")
        inner = group[name]
        if isinstance(inner, h5py.Dataset):
            size += math.prod(inner.shape or ()) * inner.dtype.itemsize
        elif depth and isinstance(inner, h5py.Group):
            raise BadRecording(f"module {group.name[1:]!r} holds a group {name!r}; expected only variables")
        elif isinstance(inner, h5py.Group):  # and not a named type
            if inner == group:
                raise BadRecording(f"group {name!r} contains itself")
            size += _checked_size(inner, depth=depth + 1)
    return size
