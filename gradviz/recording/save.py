"""A recording to disk, whole or not at all."""

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
    """Write a recording; an older one stays untouched until the new one is complete.

    Parameters
    ----------
    tree : DataTree
    path : path
        A ``.nc`` file, or a folder, which then gets a ``recording.nc``. Missing folders are made.
    overwrite : bool
        Whether a recording that is there already may be replaced.

    Returns
    -------
    Path
        The file written: netCDF4. Gate activations lie there as uint8 (steps of 1/127); everything else is
        kept bit by bit.

    Raises
    ------
    FileExistsError
        If there is a recording and ``overwrite`` is false.
    BadRecording
        If the tree is no recording.
    TypeError
        If it is no tree.
    OSError
        If it cannot be written.
    """
    if not isinstance(tree, xr.DataTree):
        raise TypeError(f"a whole recording is a DataTree (tape.tree); got {type(tree).__name__}")
    validate_tree(tree)
    target = recording_file(Path(path))
    if not overwrite and (
        target.exists() or (target.parent == Path(path) and holds_recording(target.parent))
    ):
        raise FileExistsError(f"{path} exists already; choose another path, or save with overwrite=True")
    target.parent.mkdir(parents=True, exist_ok=True)
    write(tree, target)
    return target


def write(tree: xr.DataTree, target: Path, *, compress: bool = True) -> None:
    """Write a netCDF4 file under a temporary name beside its target and move it into place.

    Parameters
    ----------
    tree : DataTree
    target : Path
        In a folder that exists; replaced if it is there.
    compress : bool
        Whether gate activations are packed and large variables compressed (zlib, level 1). What is packed
        depends on all the values of a variable, so a part of a recording is not.

    Raises
    ------
    OSError
        If it cannot be written; then nothing is left behind and the target is as it was.
    """
    write_atomically(target, _image(tree, compress))


def _image(tree: xr.DataTree, compress: bool) -> memoryview:
    """The bytes of the file; made in memory because HDF5 on a full disk crashes the process."""
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
    """CF packing of [-1, 1] to 0..254, NaN to 255; nothing for relu units, which may lie beyond."""
    if np.any(np.abs(variable.values) > 1):
        return {}
    return {
        "dtype": "uint8",
        "scale_factor": np.float32(1 / 127),
        "add_offset": np.float32(-1),
        "_FillValue": np.uint8(255),
    }
