"""Loads recordings from disk, without torch."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from pathlib import Path

import xarray as xr

from gradviz.errors import BadRecording
from gradviz.recording.attributes import from_disk
from gradviz.recording.check_file import check_content, check_is_file
from gradviz.recording.check_heaps import check_heaps
from gradviz.recording.file_names import (
    PARTS,
    RECORDING,
    begun_rank_folders,
    holds_recording,
    part_files,
    rank_folders,
    rank_of,
    recording_file,
)
from gradviz.recording.former_formats import from_former_format
from gradviz.recording.merge import merge
from gradviz.recording.ranks import join_ranks
from gradviz.recording.recorded_ranks import recorded_ranks
from gradviz.recording.seal import BrokenSeal, check_seal
from gradviz.recording.stored_tree import AT_ONCE, read_tree
from gradviz.recording.validate import validate_tree

_SHOWN_RANKS = 16  # in a message


def load(path: str | os.PathLike[str]) -> xr.DataTree:
    """Load the recording in a folder or a file.

    Parameters
    ----------
    path : path
        A folder with ``recording.nc``, a folder with only the parts that a killed training wrote, one with
        the folders ``rank-N`` of a distributed training, which are joined along ``sample`` with the
        coordinate ``rank``, or a ``.nc`` file.

    Returns
    -------
    DataTree
        Every byte has been compared with the digest that was written with it. Values of a recording of
        more than 8 MiB are read from disk when they are asked for; ``tree.load()`` reads all of them. The
        file is open only while it is read. Parts that are damaged are left out, with a warning that names
        their training steps; so are ranks that are damaged or missing, with one that names them.

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
    ranks = [] if holds_recording(place) else rank_folders(place)
    return _read_ranks(place, ranks) if ranks else _read_folder(place)


def _read_ranks(place: Path, folders: Sequence[Path]) -> xr.DataTree:
    """All ranks that can be read, joined."""
    trees, unread = {}, []
    for folder in folders:
        try:
            trees[rank_of(folder)] = _read_folder(folder)
        except BadRecording as error:
            unread.append(rank_of(folder))
            warnings.warn(f"left out a rank that cannot be read: {error}", UserWarning, stacklevel=3)
    if not trees:
        raise BadRecording(f"none of the {len(folders)} ranks in {place} can be read")
    expected = {rank for tree in trees.values() for rank in recorded_ranks(tree)}
    missing = sorted(expected - set(trees) - set(unread))
    if missing:
        warnings.warn(
            f"{place} has no recording of rank {_in_short(missing)}: what is loaded holds the "
            f"sequences of rank {_in_short(list(trees))} only",
            UserWarning,
            stacklevel=3,
        )
    return join_ranks(trees)


def _read_folder(place: Path) -> xr.DataTree:
    whole = recording_file(place)
    if whole.exists():
        return read_file(whole)
    try:
        return _read_parts(place)
    except FileNotFoundError:  # the writer closed the recording while the parts were being read
        return read_file(whole)


def read_file(path: Path, *, at_once: int = AT_ONCE) -> xr.DataTree:
    """Read the recording in one file.

    Parameters
    ----------
    path : Path
    at_once : int
        Bytes of values up to which all are read at once, and not when they are asked for.

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
    check_is_file(path)
    steps = ""
    try:
        seal = check_seal(path)
        steps = seal.steps if seal else ""
        tree = read_tree(path, at_once=at_once) if seal else _read_unsealed(path)
        validate_tree(tree)
    except (FileNotFoundError, PermissionError):
        raise
    except BrokenSeal as error:
        raise _damaged(path, error, error.steps) from error
    except BadRecording as error:
        raise BadRecording(f"{path}: {error}{_holding(steps)}") from error
    except Exception as error:
        raise _damaged(path, error, steps) from error
    return tree


def _damaged(path: Path, error: Exception, steps: str) -> BadRecording:
    return BadRecording(f"{path} is damaged or is not a netCDF4 file ({error}){_holding(steps)}")


def _holding(steps: str) -> str:
    """What is lost with a file, as far as its seal tells."""
    return f"; it held the training steps {steps.replace('-', ' to ')}" if steps else ""


def _read_unsealed(path: Path) -> xr.DataTree:
    check_heaps(path)
    check_content(path)
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
    trees, at_once = [], at_once_of(files)
    for file in files:
        try:
            trees.append(read_file(file, at_once=at_once))
        except BadRecording as error:
            warnings.warn(f"left out a part that cannot be read: {error}", UserWarning, stacklevel=4)
    if not trees:
        raise BadRecording(f"none of the {len(files)} parts in {folder / PARTS} can be read")
    return merge(trees)


def at_once_of(files: Sequence[Path]) -> int:
    """The limit for each of several files that are read together.

    Parameters
    ----------
    files : sequence of Path

    Returns
    -------
    int
        As `read_file` takes it.
    """
    return AT_ONCE if sum(file.stat().st_size for file in files) <= AT_ONCE else 0


def _in_short(names: Sequence[object]) -> str:
    shown = ", ".join(map(str, names[:_SHOWN_RANKS]))
    return shown if len(names) <= _SHOWN_RANKS else f"{shown} and {len(names) - _SHOWN_RANKS} more"


def _nearby(folder: Path) -> str:
    if (folder / PARTS).is_dir():
        return f" and no finished part in {PARTS}/"
    ranks = [rank.name for rank in begun_rank_folders(folder)]
    if ranks:
        return f", and no finished part in {_in_short(ranks)}"
    inside = sorted(child.name for child in folder.iterdir() if child.is_dir() and holds_recording(child))
    return f", but there is one in each of its folders {', '.join(inside)}" if inside else f" and no {PARTS}/"
