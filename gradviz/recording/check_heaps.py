"""Checks the heaps of a file without a seal: HDF5 reads some that are damaged without end."""

from __future__ import annotations

import mmap
import struct
from pathlib import Path

from gradviz.errors import BadRecording

_HEAP = b"GCOL\x01\0\0\0"  # a global heap collection, which holds text and references
_HEAD = 16  # bytes of its own head, and of that of each object in it


def check_heaps(path: Path) -> None:
    """Raise if a heap has free space that takes no bytes, at which HDF5 stays for ever.

    Parameters
    ----------
    path : Path
        An HDF5 file.

    Raises
    ------
    BadRecording
    OSError
        If it cannot be read.

    References
    ----------
    The HDF Group, HDF5 File Format Specification Version 3.0, section III.E.
    """
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as whole:
        place = whole.find(_HEAP)
        while place >= 0:
            _check_heap(whole, place)
            place = whole.find(_HEAP, place + 1)


def _check_heap(whole: mmap.mmap, place: int) -> None:
    if place + _HEAD > len(whole):
        return
    (size,) = struct.unpack_from("<Q", whole, place + 8)
    end, place = min(place + size, len(whole)), place + _HEAD
    while place + _HEAD <= end:
        index, taken = struct.unpack_from("<H6xQ", whole, place)
        if index:
            place += _HEAD + (taken + 7) // 8 * 8
        elif taken:  # free space, its head included
            place += taken
        else:
            raise BadRecording(f"a heap of text and references is damaged at byte {place}")
