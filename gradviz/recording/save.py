"""Saves recordings to disk."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import h5netcdf
import numpy as np
import xarray as xr
from xarray.backends import H5NetCDFStore

from gradviz.recording.atomic import write_atomically
from gradviz.recording.file_names import holds_recording, recording_file
from gradviz.recording.validate import validate_tree
from gradviz.vocabulary import GATES

_WORTH_COMPRESSING = 1 << 16  # bytes


def save(tree: xr.DataTree, path: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
    """Write a recording to disk. An existing one is replaced only when the new file is complete.

    Parameters
    ----------
    tree : DataTree
    path : path
        A ``.nc`` file, or a folder in which to write ``recording.nc``. Missing folders are created.
    overwrite : bool
        Whether an existing recording may be replaced.

    Returns
    -------
    Path
        The netCDF4 file written. Gate activations are stored as uint8 (steps of 1/127), everything else
        bit for bit.

    Raises
    ------
    FileExistsError
        If there is already a recording and ``overwrite`` is false.
    BadRecording
        If the tree is not a recording.
    TypeError
        If `tree` is not a DataTree.
    OSError
        If the file cannot be written.
    """
    if not isinstance(tree, xr.DataTree):
        raise TypeError(f"a whole recording is a DataTree (tape.tree); got {type(tree).__name__}")
    validate_tree(tree)
    target = recording_file(Path(path))
    if not overwrite and (
        target.exists() or (target.parent == Path(path) and holds_recording(target.parent))
    ):
        raise FileExistsError(f"{path} already exists; choose another path, or save with overwrite=True")
    target.parent.mkdir(parents=True, exist_ok=True)
    write(tree, target)
    return target


def write(tree: xr.DataTree, target: Path, *, compress: bool = True) -> None:
    """Write a netCDF4 file under a temporary name beside its target and move it into place.

    Parameters
    ----------
    tree : DataTree
    target : Path
        In a folder that exists. An existing file is replaced.
    compress : bool
        Whether to pack gate activations and compress large variables (zlib, level 1). Whether a variable
        can be packed depends on all its values, so parts of a recording are not packed.

    Raises
    ------
    OSError
        If it cannot be written. The target is then unchanged and no temporary file is left.
    """
    write_atomically(target, _image(tree, compress))


def _image(tree: xr.DataTree, compress: bool) -> memoryview:
    """The bytes of the file, built in memory because HDF5 crashes the process when the disk is full."""
    buffer = io.BytesIO()
    with h5netcdf.File(buffer, "w") as file:
        for node in tree.subtree:
            dataset = node.to_dataset(inherit=False)
            encoding = {name: _encoding(values, compress) for name, values in dataset.data_vars.items()}
            dataset.dump_to_store(H5NetCDFStore(file, group=node.path, mode="w"), encoding=encoding)
    return buffer.getbuffer()


def _encoding(variable: xr.DataArray, compress: bool) -> dict[str, Any]:
    packed = _packing(variable) if compress and variable.name == GATES else {}
    if compress and variable.nbytes >= _WORTH_COMPRESSING:
        return {**packed, "zlib": True, "complevel": 1, "shuffle": True}
    return packed


def _packing(variable: xr.DataArray) -> dict[str, Any]:
    """CF packing of [-1, 1] to 0..254 and NaN to 255; empty if a value is outside, as with relu units."""
    if np.any(np.abs(variable.values) > 1):
        return {}
    return {
        "dtype": "uint8",
        "scale_factor": np.float32(1 / 127),
        "add_offset": np.float32(-1),
        "_FillValue": np.uint8(255),
    }
