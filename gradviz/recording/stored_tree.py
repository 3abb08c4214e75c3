"""Reads the tree of a file: its labels and attributes at once, its values when they are asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import xarray as xr

from gradviz.recording.attributes import from_disk
from gradviz.recording.netcdf import Head, open_variables, read_heads
from gradviz.recording.stored_array import StoredArray, identity, when_asked_for
from gradviz.recording.stored_values import read_values

AT_ONCE = 8 << 20  # bytes of values; a recording that is not larger is read at once


def read_tree(path: Path, *, at_once: int = AT_ONCE) -> xr.DataTree:
    """The tree of a file that `save` wrote.

    Parameters
    ----------
    path : Path
    at_once : int
        Bytes of values up to which all are read now. Of a larger recording only what has one dim is in
        memory, such as labels and curves, and each other variable once it has been used.

    Returns
    -------
    DataTree
    """
    seen = identity(path)
    with h5py.File(path, "r") as file:
        groups = ["/", *(name for name, child in file.items() if isinstance(child, h5py.Group))]
        opened = {name: open_variables(file[name]) for name in groups}
        heads = {name: read_heads(stored) for name, stored in opened.items()}
        nbytes = sum(_nbytes(head) for found in heads.values() for head in found.values())
        nodes = {}
        for name, found in heads.items():
            variables = {}
            for key, head in found.items():
                values: Any
                if nbytes <= at_once or len(head.dims) <= 1:  # labels, and one number for each step
                    values = read_values(opened[name][key], head)
                else:
                    values = when_asked_for(StoredArray(path, f"{name}/{key}", head, seen))
                variables[key] = xr.Variable(head.dims, values, head.attributes)
            nodes[name if name == "/" else f"/{name}"] = _dataset(
                variables, from_disk(dict(file[name].attrs))
            )
    return xr.DataTree.from_dict(nodes)


def _nbytes(head: Head) -> int:
    return int(np.prod(head.shape, dtype=float)) * head.dtype.itemsize


def _dataset(variables: dict[str, xr.Variable], attributes: dict[str, object]) -> xr.Dataset:
    coords = {name: variable for name, variable in variables.items() if variable.dims == (name,)}
    others = {name: variable for name, variable in variables.items() if name not in coords}
    return xr.Dataset(others, coords, attributes)
