"""Loads recordings from disk, without torch."""

from __future__ import annotations

import os
import warnings
from pathlib import Path

import xarray as xr

from gradviz.errors import BadRecording
from gradviz.recording.attributes import from_disk
from gradviz.recording.check_file import check_file
from gradviz.recording.file_names import PARTS, RECORDING, holds_recording, part_files, recording_file
from gradviz.recording.former_formats import from_former_format
from gradviz.recording.merge import merge
from gradviz.recording.validate import validate_tree


def load(path: str | os.PathLike[str]) -> xr.DataTree:
    """Load the recording in a folder or a file.

    Parameters
    ----------
    path : path
        A folder with ``recording.nc``, a folder with only the parts that a killed training wrote, or a
        ``.nc`` file.

    Returns
    -------
    DataTree
        The whole recording, in memory; the file is closed. Parts that cannot be read are left out, with a
        warning.

    Raises
    ------
    FileNotFoundError
        If the path does not exist.
    BadRecording
        If there is no recording at the path, or it is damaged.

    Examples
    --------
    >>> import gradviz as gv
    >>> import torch
    >>> from torch import nn
    >>> model = nn.LSTM(2, 4)
    >>> with gv.record(model, path="runs/mine"):
    ...     model(torch.randn(20, 8, 2))[0][-1].sum().backward()
    >>> tree = gv.load("runs/mine")
    >>> tree["lstm"]["log10_grad_h"].dims
    ('step', 'layer', 'direction', 'time', 'sample')
    >>> tree["lstm"].sizes["time"]
    20
    """
    place = Path(path)
    if not place.exists():
        raise FileNotFoundError(f"no recording at {place}: there is no such file or folder")
    if not place.is_dir():
        return read_file(place)
    whole = recording_file(place)
    if whole.exists():
        return read_file(whole)
    try:
        return _read_parts(place)
    except FileNotFoundError:  # the writer closed the recording while the parts were being read
        return read_file(whole)


def read_file(path: Path) -> xr.DataTree:
    """Read the recording in one file.

    Parameters
    ----------
    path : Path

    Returns
    -------
    DataTree

    Raises
    ------
    FileNotFoundError, PermissionError
        If the file does not exist or cannot be opened.
    BadRecording
        If the file is damaged or is not a recording.
    """
    try:
        check_file(path)
        tree = _read(path)
    except (FileNotFoundError, PermissionError):
        raise
    except BadRecording as error:
        raise BadRecording(f"{path}: {error}") from error
    except Exception as error:
        raise BadRecording(f"{path} is damaged or is not a netCDF4 file ({error})") from error
    try:
        validate_tree(tree)
    except BadRecording as error:
        raise BadRecording(f"{path}: {error}") from error
    return tree


def _read(path: Path) -> xr.DataTree:
    with xr.open_datatree(path, engine="h5netcdf", decode_times=False) as stored:
        stored.load()
        nodes = {node.path: _as_built(node.to_dataset(inherit=False)) for node in stored.subtree}
    return from_former_format(xr.DataTree.from_dict(nodes))


def _as_built(dataset: xr.Dataset) -> xr.Dataset:
    plain = dataset.drop_encoding()
    plain.attrs = from_disk(plain.attrs)
    for variable in plain.variables.values():
        variable.attrs = from_disk(variable.attrs)
    return plain


def _read_parts(folder: Path) -> xr.DataTree:
    files = part_files(folder)
    if not files:
        raise BadRecording(f"{folder} contains no recording: it has no {RECORDING}{_nearby(folder)}")
    trees = []
    for file in files:
        try:
            trees.append(read_file(file))
        except BadRecording as error:
            warnings.warn(f"left out a part that cannot be read: {error}", UserWarning, stacklevel=4)
    if not trees:
        raise BadRecording(f"none of the {len(files)} parts in {folder / PARTS} can be read")
    return merge(trees)


def _nearby(folder: Path) -> str:
    if (folder / PARTS).is_dir():
        return f" and no finished part in {PARTS}/"
    inside = sorted(child.name for child in folder.iterdir() if child.is_dir() and holds_recording(child))
    return f", but there is one in each of its folders {', '.join(inside)}" if inside else f" and no {PARTS}/"
