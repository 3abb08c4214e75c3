"""Groups of a netCDF4 file, which is an HDF5 file with dimension scales, written and read with h5py.

h5netcdf reads and writes the same, but takes several times as long for many small variables. Files of other
programs are left to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import h5py
import numpy as np
import xarray as xr

from gradviz.recording.attributes import from_disk

_BLOCK = 8 << 20  # bytes of a variable that are in memory while it is written
_CHUNK = 1 << 18  # bytes that are compressed, and later read, together
_WORTH_COMPRESSING = 1 << 16  # bytes
_COMPRESSED = {"compression": "gzip", "compression_opts": 1, "shuffle": True}
_SCALE, _OFFSET, _MISSING = np.float32(1 / 127), np.float32(-1), np.uint8(255)
_PACKING = {"scale_factor": _SCALE, "add_offset": _OFFSET, "_FillValue": _MISSING}
_TEXT = h5py.string_dtype()
_OF_HDF5 = frozenset({"CLASS", "NAME", "REFERENCE_LIST", "DIMENSION_LIST"})


class Head(NamedTuple):
    """All that a file says about a variable, but its values.

    Attributes
    ----------
    dims : tuple of str
    shape : tuple of int
    dtype : dtype
        Of the values when they have been read.
    attributes : dict
        Its own, without those of the format.
    is_packed : bool
        Whether whole numbers from 0 to 254 stand for values in [-1, 1], and 255 for NaN.
    """

    dims: tuple[str, ...]
    shape: tuple[int, ...]
    dtype: np.dtype
    attributes: dict[str, Any]
    is_packed: bool


def write_group(
    file: h5py.File, path: str, dataset: xr.Dataset, *, compress: bool, packed: frozenset[str] = frozenset()
) -> None:
    """Write a dataset as a group.

    Parameters
    ----------
    file : h5py.File
        Open for writing.
    path : str
        ``"/"`` for the root, else the name of a group that is created.
    dataset : Dataset
        Every dim has labels. Of a variable that is not in memory, only a few MiB are read at a time.
    compress : bool
        Whether large variables are compressed (zlib, level 1).
    packed : set of str
        Variables in [-1, 1] that are stored as whole numbers.
    """
    group = file if path == "/" else file.create_group(path, track_order=True)
    for name, value in dataset.attrs.items():
        group.attrs[str(name)] = value
    for name in (*dataset.coords, *dataset.data_vars):
        _write_variable(group, str(name), dataset.variables[name], compress, str(name) in packed)
    for dim in dataset.dims:
        group[str(dim)].make_scale(str(dim))
    for name, variable in dataset.variables.items():
        if name not in dataset.dims:
            for place, dim in enumerate(variable.dims):
                group[str(name)].dims[place].attach_scale(group[str(dim)])


def _write_variable(
    group: h5py.Group, name: str, variable: xr.Variable, compress: bool, is_packed: bool
) -> None:
    is_text = variable.dtype.kind in "UO"
    dtype = _TEXT if is_text else np.uint8 if is_packed else variable.dtype
    options: dict[str, Any] = {}
    if compress and variable.nbytes >= _WORTH_COMPRESSING and variable.ndim:
        options = {**_COMPRESSED, "chunks": _chunks(variable.shape, np.dtype(dtype).itemsize)}
    stored = group.create_dataset(name, shape=variable.shape, dtype=dtype, **options)
    for key, value in {**variable.attrs, **(_PACKING if is_packed else {})}.items():
        stored.attrs[str(key)] = value
    if not variable.size:
        return
    for rows in _blocks(variable, stored.chunks):
        values = variable[rows].values if rows else variable.values
        stored[rows or ()] = values.astype(object) if is_text else _pack(values) if is_packed else values


def _blocks(variable: xr.Variable, chunks: tuple[int, ...] | None) -> Iterator[tuple[slice, ...]]:
    """Ranges along the first dim of a few MiB, which hold whole chunks; an empty tuple for everything."""
    if variable.nbytes <= _BLOCK or not variable.ndim:
        yield ()
        return
    length = variable.shape[0]
    rows, together = _BLOCK * length // variable.nbytes, chunks[0] if chunks else 1
    rows = max(rows // together, 1) * together
    for start in range(0, length, rows):
        yield (slice(start, min(start + rows, length)),)


def _chunks(shape: tuple[int, ...], itemsize: int) -> tuple[int, ...]:
    """A whole training step, or several, unless one is large; then its longest dims are halved."""
    chunk = [1, *shape[1:]]
    while np.prod(chunk, dtype=float) * itemsize > _CHUNK and max(chunk) > 1:
        longest = chunk.index(max(chunk))
        chunk[longest] = -(-chunk[longest] // 2)
    if tuple(chunk[1:]) == shape[1:]:
        rows = _CHUNK // max(int(np.prod(chunk, dtype=float)) * itemsize, 1)
        chunk[0] = min(max(rows, 1), shape[0])
    return tuple(chunk)


def _pack(values: np.ndarray) -> np.ndarray:
    scaled = (values.astype(np.float32) - _OFFSET) / _SCALE
    return np.where(np.isnan(scaled), _MISSING, np.rint(scaled)).astype(np.uint8)


def read_heads(group: h5py.Group) -> dict[str, Head]:
    """What a group says about each of its variables, in the order in which they were written.

    Parameters
    ----------
    group : h5py.Group
        As `write_group` wrote it.

    Returns
    -------
    dict of str to Head
    """
    variables = {name: stored for name, stored in group.items() if isinstance(stored, h5py.Dataset)}
    names = {_address(stored.id): name for name, stored in variables.items()}
    return {name: _head(group, name, stored, names) for name, stored in variables.items()}


def _address(stored: h5py.h5d.DatasetID) -> int:
    """Where an object lies in its file. HDF5 would search the whole file for the name of a reference."""
    return int(h5py.h5o.get_info(stored).addr)


def _head(group: h5py.Group, name: str, stored: h5py.Dataset, names: Mapping[int, str]) -> Head:
    scales = stored.attrs.get("DIMENSION_LIST", ())
    found = (_address(h5py.h5r.dereference(scale[0], group.id)) for scale in scales)
    dims = tuple(names[one] for one in found) if len(scales) else (name,)
    given = {key: stored.attrs[key] for key in stored.attrs if key not in _OF_HDF5}
    is_packed = _PACKING.keys() <= given.keys()
    dtype = np.dtype(np.float32) if is_packed else stored.dtype
    own = from_disk({key: value for key, value in given.items() if not is_packed or key not in _PACKING})
    return Head(dims, stored.shape, dtype, own, is_packed)


def read_values(stored: h5py.Dataset, key: tuple[Any, ...] = (), *, is_packed: bool = False) -> np.ndarray:
    """Values of a variable.

    Parameters
    ----------
    stored : h5py.Dataset
    key : tuple of int, slice and array
        What h5py can index with, at most one array.
    is_packed : bool
        As in its `Head`.

    Returns
    -------
    ndarray
    """
    if h5py.check_string_dtype(stored.dtype) is not None:
        return np.asarray(stored.asstr()[key or ...], dtype=np.str_)
    values = _read(stored, key)
    if not is_packed:
        return values
    unpacked = values * _SCALE + _OFFSET
    return np.where(values == _MISSING, np.float32(np.nan), unpacked)


def _read(stored: h5py.Dataset, key: tuple[Any, ...]) -> np.ndarray:
    """Stored values; some rows of many are read as runs of neighbours, which HDF5 does many times faster."""
    if not (key and isinstance(key[0], np.ndarray) and len(key[0]) > 1):
        return np.asarray(stored[key or ...])
    runs = np.split(key[0], np.flatnonzero(np.diff(key[0]) != 1) + 1)
    return np.concatenate([stored[(slice(int(run[0]), int(run[-1]) + 1), *key[1:])] for run in runs])
