"""Values of a variable of a netCDF4 file, all of them or a part.

HDF5 reads what lies together several times faster than every second number of it, and what was compressed
together has to be unpacked together anyway. So what lies around a part is read, a few MiB at a time, and the
part is taken from it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import h5py
import numpy as np

from gradviz.recording.netcdf import Head, unpack

_BLOCK = 8 << 20  # bytes that are read at once around a part
_NEAR = 1 << 16  # bytes between two parts that are sooner read than left out
_ALL = slice(None)


def read_values(stored: h5py.Dataset, head: Head, key: tuple[Any, ...] = ()) -> np.ndarray:
    """Values of a variable.

    Parameters
    ----------
    stored : h5py.Dataset
    head : Head
        What the file says about it.
    key : tuple of int, slice and array
        For every dim, with at most one array, of ascending positions; slices go forwards. By default all.

    Returns
    -------
    ndarray
    """
    if h5py.check_string_dtype(head.dtype) is not None:
        return np.asarray(stored.asstr()[key or ...], dtype=np.str_)
    is_empty = not np.prod(head.shape)
    if not key and not is_empty:
        values = _whole(stored, head)
    else:
        values = np.asarray(stored[key or ...]) if is_empty else _part(stored, key)
    return unpack(values) if head.is_packed else values


def _whole(stored: h5py.Dataset, head: Head) -> np.ndarray:
    """All values; h5py would first make a reader of the variable, which takes longer than to read a few."""
    values = np.empty(head.shape, stored.dtype if head.is_packed else head.dtype)
    stored.id.read(h5py.h5s.ALL, h5py.h5s.ALL, values)
    return values


class _Along(NamedTuple):
    """What is wanted along one dim.

    Attributes
    ----------
    around : int or slice
        What is read: one position, or neighbours.
    places : ndarray of int
        The wanted positions.
    """

    around: int | slice
    places: np.ndarray

    @property
    def taken(self) -> slice | np.ndarray:
        """The wanted ones of those that are read."""
        apart = np.diff(self.places)
        if (apart == apart[:1]).all():
            return slice(None, None, int(apart[0]) if len(apart) else 1)
        return self.places - self.places[0]

    @property
    def is_together(self) -> bool:
        """Whether all that is read is wanted."""
        return not isinstance(self.around, slice) or self.around.stop - self.around.start == len(self.places)


def _along(wanted: Any, length: int) -> _Along:
    places = np.arange(length)[wanted]
    if not places.ndim:
        return _Along(int(places), places)
    start, end = (int(places[0]), int(places[-1]) + 1) if len(places) else (0, 0)
    return _Along(slice(start, end), places)


def _part(stored: h5py.Dataset, key: tuple[Any, ...]) -> np.ndarray:
    along = [_along(wanted, length) for wanted, length in zip(key, stored.shape, strict=True)]
    if all(one.is_together for one in along):
        return np.asarray(stored[tuple(one.around for one in along)])
    first, *others = along
    rest = tuple(one.around for one in others)
    taken = tuple(one.taken for one in others if isinstance(one.around, slice))
    if not isinstance(first.around, slice):
        return np.asarray(stored[(first.around, *rest)][taken])
    found = [
        stored[(rows.around, *rest)][rows.taken][(_ALL, *taken)]
        for rows in _blocks(first.places, stored, rest)
    ]
    return np.concatenate(found)


def _blocks(places: np.ndarray, stored: h5py.Dataset, rest: Sequence[int | slice]) -> Iterator[_Along]:
    """Rows that are read together: near each other, and not too many."""
    row = stored.dtype.itemsize * math.prod(one.stop - one.start for one in rest if isinstance(one, slice))
    in_chunk = stored.chunks[0] if stored.chunks else 1
    near = max(in_chunk, _NEAR // max(row, 1))
    most = max(_BLOCK // max(row, 1) // in_chunk, 1) * in_chunk
    cuts = np.flatnonzero((np.diff(places) > near) | (np.diff(places // most) > 0)) + 1
    for rows in np.split(places, cuts):
        yield _along(rows, stored.shape[0])
