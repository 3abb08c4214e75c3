"""Groups of a netCDF4 file, which is an HDF5 file with dimension scales, written and described with h5py.

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
_TEXT, _SCALES = h5py.string_dtype(), h5py.vlen_dtype(h5py.ref_dtype)
_STORED_TEXT, _READ_TEXT = h5py.h5t.py_create(_TEXT, logical=True), h5py.h5t.py_create(_TEXT)
_DIMS = "DIMENSION_LIST"
_OF_HDF5 = frozenset({"CLASS", "NAME", "REFERENCE_LIST"})


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


def unpack(values: np.ndarray) -> np.ndarray:
    """Numbers from what stands for them in a packed variable.

    Parameters
    ----------
    values : ndarray of uint8

    Returns
    -------
    ndarray of float32
        In [-1, 1], or NaN.
    """
    return np.where(values == _MISSING, np.float32(np.nan), values * _SCALE + _OFFSET)


def open_variables(group: h5py.Group) -> dict[str, h5py.Dataset]:
    """The variables of a group, in the order in which they were written.

    Parameters
    ----------
    group : h5py.Group
        As `write_group` wrote it.

    Returns
    -------
    dict of str to h5py.Dataset
        Open, so that none has to be found again for its values.
    """
    opened = {name: h5py.h5o.open(group.id, name.encode()) for name in group}
    return {name: h5py.Dataset(one) for name, one in opened.items() if isinstance(one, h5py.h5d.DatasetID)}


def read_heads(variables: Mapping[str, h5py.Dataset]) -> dict[str, Head]:
    """What a group says about each of its variables.

    Parameters
    ----------
    variables : mapping of str to h5py.Dataset
        Those of one group, as `open_variables` returns them.

    Returns
    -------
    dict of str to Head
    """
    names = {_address(stored.id): name for name, stored in variables.items()}
    return {name: _head(name, stored, names) for name, stored in variables.items()}


def _address(stored: h5py.h5d.DatasetID) -> int:
    """Where an object lies in its file. HDF5 would search the whole file for the name of a reference."""
    return int(h5py.h5o.get_info(stored).addr)


def _head(name: str, stored: h5py.Dataset, names: Mapping[int, str]) -> Head:
    given = _attributes(stored)
    scales = given.pop(_DIMS, ())
    found = (_address(h5py.h5r.dereference(scale[0], stored.id)) for scale in scales)
    dims = tuple(names[one] for one in found) if len(scales) else (name,)
    is_packed = _PACKING.keys() <= given.keys()
    dtype = np.dtype(np.float32) if is_packed else stored.dtype
    own = from_disk({key: value for key, value in given.items() if not is_packed or key not in _PACKING})
    return Head(dims, stored.shape, dtype, own, is_packed)


def _attributes(stored: h5py.Dataset) -> dict[str, Any]:
    """The attributes, of those of the format only the list of dims.

    There are tens of thousands in a recording of many modules, and h5py's own mapping takes three times as
    long: it asks the file for the type of each again and again.
    """
    found: dict[str, Any] = {}
    for place in range(h5py.h5a.get_num_attrs(stored.id)):
        attribute = h5py.h5a.open(stored.id, index=place)
        name = attribute.name.decode()
        if name == _DIMS:
            found[name] = _read_attribute(attribute, _SCALES)
        elif name not in _OF_HDF5:
            is_text = attribute.get_type() == _STORED_TEXT and attribute.shape == ()
            found[name] = _text(attribute) if is_text else stored.attrs[name]
    return found


def _read_attribute(attribute: h5py.h5a.AttrID, dtype: np.dtype) -> np.ndarray:
    values = np.zeros(attribute.shape, dtype)
    attribute.read(values)
    return values


def _text(attribute: h5py.h5a.AttrID) -> str:
    value = np.zeros((), _TEXT)
    attribute.read(value, _READ_TEXT)
    return bytes(value.item()).decode("utf-8", "surrogateescape")
