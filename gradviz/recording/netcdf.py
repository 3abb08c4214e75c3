"""A recording's tree as the bytes of a netCDF4 file, and back.

netCDF4 is HDF5 with dimension scales, written here with h5py: five times faster than by way of xarray, which
matters for parts, written while a model trains and read back in their hundreds.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import xarray as xr

from gradviz.recording.attributes import from_disk
from gradviz.vocabulary import GATES

_WORTH_COMPRESSING = 1 << 16  # bytes
_CHUNK = 1 << 20  # bytes
_FILL, _SCALE, _OFFSET = "_FillValue", "scale_factor", "add_offset"
_BOOKKEEPING = {"CLASS", "NAME", "DIMENSION_LIST", "REFERENCE_LIST", _FILL, _SCALE, _OFFSET}
_PACKED = {_FILL: np.uint8(255), _SCALE: np.float32(1 / 127), _OFFSET: np.float32(-1)}


def to_bytes(tree: xr.DataTree, *, compress: bool) -> memoryview:
    """The bytes of a netCDF4 file; made in memory because HDF5 crashes the process when a disk is full.

    Parameters
    ----------
    tree : DataTree
        Every dim labelled.
    compress : bool
        Whether large variables are compressed (zlib, level 1).

    Returns
    -------
    memoryview
    """
    buffer = io.BytesIO()
    with h5py.File(buffer, "w", track_order=True) as file:
        for node in tree.subtree:
            _write_dataset(
                file.require_group(node.path)
                if node is tree
                else file.create_group(node.path, track_order=True),
                node.to_dataset(inherit=False),
                compress,
            )
    return buffer.getbuffer()


def from_file(path: Path) -> xr.DataTree:
    """The tree in a netCDF4 file, read into memory.

    Parameters
    ----------
    path : Path

    Returns
    -------
    DataTree

    Raises
    ------
    OSError, ValueError, KeyError, RuntimeError
        As h5py finds the file missing, damaged, or something else.
    """
    with h5py.File(path, "r") as file:
        groups = {f"/{name}": item for name, item in file.items() if isinstance(item, h5py.Group)}
        return xr.DataTree.from_dict(
            {path: _read_dataset(group) for path, group in {"/": file, **groups}.items()}
        )


def _write_dataset(group: h5py.Group, dataset: xr.Dataset, compress: bool) -> None:
    group.attrs.update(dataset.attrs)
    for name, labels in dataset.coords.items():
        text = labels.dtype.kind == "U"
        stored = group.create_dataset(
            name,
            data=labels.values.astype(object) if text else labels.values,
            dtype=h5py.string_dtype() if text else None,
        )
        stored.make_scale(name)
        stored.attrs.update(labels.attrs)
    for name, variable in dataset.data_vars.items():
        values, packing = _packed(variable) if name == GATES else (variable.values, {})
        stored = group.create_dataset(name, data=values, **(_compression(values) if compress else {}))
        stored.attrs.update({**packing, **variable.attrs})
        for axis, dim in enumerate(variable.dims):
            stored.dims[axis].attach_scale(group[dim])


def _compression(values: np.ndarray) -> dict[str, Any]:
    if values.nbytes < _WORTH_COMPRESSING:
        return {}
    step = values.nbytes // len(values)
    whole_steps = (min(len(values), max(1, _CHUNK // step)), *values.shape[1:])
    return {
        "chunks": whole_steps if step <= 16 * _CHUNK else True,
        "compression": "gzip",
        "compression_opts": 1,
        "shuffle": True,
    }


def _packed(variable: xr.DataArray) -> tuple[np.ndarray, dict[str, np.generic]]:
    """CF packing of [-1, 1] to 0..254 and NaN to 255; relu units, which may lie beyond, stay as they are."""
    values = variable.values
    if np.any(np.abs(values) > 1):
        return values, {}
    whole = np.rint((values - _PACKED[_OFFSET]) / _PACKED[_SCALE])
    return np.where(np.isnan(whole), _PACKED[_FILL], whole).astype(np.uint8), _PACKED


def _read_dataset(group: h5py.Group) -> xr.Dataset:
    stored = {name: item for name, item in group.items() if isinstance(item, h5py.Dataset)}
    return xr.Dataset(
        {name: _read_variable(name, item) for name, item in stored.items()}, attrs=_read_attributes(group)
    )


def _read_variable(name: str, stored: h5py.Dataset) -> tuple[tuple[str, ...], np.ndarray, dict[str, Any]]:
    if h5py.check_string_dtype(stored.dtype):
        values = np.array(stored.asstr()[()].tolist(), dtype=str)
    else:
        values = _unpacked(stored[()], stored.attrs)
    if stored.is_scale:
        return (name,), values, _read_attributes(stored)
    dims = tuple(scales[0].name.rpartition("/")[2] for scales in stored.dims)
    return dims, values, _read_attributes(stored)


def _unpacked(values: np.ndarray, attributes: h5py.AttributeManager) -> np.ndarray:
    if _SCALE not in attributes:
        return values
    scaled = values * attributes[_SCALE] + attributes[_OFFSET]
    return np.where(values == attributes[_FILL], np.float32(np.nan), scaled)


def _read_attributes(item: h5py.HLObject) -> dict[str, Any]:
    return from_disk({name: value for name, value in item.attrs.items() if name not in _BOOKKEEPING})
