"""Saves recordings to disk."""

from __future__ import annotations

import os
from pathlib import Path

import h5py
import xarray as xr

from gradviz.cell_descriptions import SQUASH, cell_of
from gradviz.recording.atomic import replaced_atomically
from gradviz.recording.file_names import holds_recording, recording_file
from gradviz.recording.netcdf import write_group
from gradviz.recording.patient_file import PatientFile
from gradviz.recording.range_of_steps import range_of_steps
from gradviz.recording.seal import USER_BLOCK, write_seal
from gradviz.recording.validate import validate_tree
from gradviz.vocabulary import GATES


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
    """Write a netCDF4 file with a seal under a temporary name beside its target, and move it into place.

    Parameters
    ----------
    tree : DataTree
        Of what is not in memory, only a few MiB are read at a time.
    target : Path
        In a folder that exists. An existing file is replaced.
    compress : bool
        Whether to pack gate activations and compress large variables (zlib, level 1).

    Raises
    ------
    OSError
        If it cannot be written. The target is then unchanged and no temporary file is left.
    """
    with replaced_atomically(target) as file:
        patient = PatientFile(file)
        with h5py.File(patient, "w", userblock_size=USER_BLOCK, track_order=True) as stored:
            for node in tree.subtree:
                dataset = node.to_dataset(inherit=False)
                write_group(stored, node.path, dataset, compress=compress, packed=_packed(dataset, compress))
                patient.check()
        patient.check()
        write_seal(file, steps=_steps(tree))


def _packed(dataset: xr.Dataset, compress: bool) -> frozenset[str]:
    """The variables whose values are all in [-1, 1], which the functions of the gates tell."""
    if not compress or GATES not in dataset:
        return frozenset()
    ranges = [SQUASH[name].range for name in cell_of(dataset.attrs).squash.values()]
    return frozenset({GATES} if all(low >= -1 and high <= 1 for low, high in ranges) else ())


def _steps(tree: xr.DataTree) -> str:
    """The first and the last training step, as the seal has them."""
    found = range_of_steps(tree)
    return "" if found is None else f"{found[0]}-{found[1]}"
