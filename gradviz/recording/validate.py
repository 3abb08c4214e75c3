"""Checks that a tree or dataset is a recording."""

from __future__ import annotations

import numpy as np
import xarray as xr

from gradviz.cell_descriptions import CELLS, SQUASH, CellDescription, cell_of
from gradviz.errors import BadRecording
from gradviz.recording.provenance import FORMAT_ATTRIBUTE, FORMAT_VERSION
from gradviz.recording.tree import module_names
from gradviz.recording.variables import is_of_a_call
from gradviz.vocabulary import (
    CALL,
    CELL,
    DIMENSIONS,
    DIRECTION,
    FORWARD,
    GATE,
    GATE_SQUASH,
    ITERATION,
    KEEPS,
    PATH,
    REVERSE,
    STEP,
    VARIABLES,
    is_metric,
)


def validate_tree(tree: xr.DataTree) -> None:
    """Raise if a tree is not a recording that this version of gradviz can read.

    Parameters
    ----------
    tree : DataTree

    Raises
    ------
    BadRecording
        If the format version is missing or newer, a training curve has other dims than (iteration,), or a
        module is not a recording.
    """
    version = tree.attrs.get(FORMAT_ATTRIBUTE)
    if version is None:
        raise BadRecording(f"not a gradviz recording: it has no attribute {FORMAT_ATTRIBUTE!r}")
    if version > FORMAT_VERSION:
        raise BadRecording(
            f"recording has format {version}; this gradviz reads up to {FORMAT_VERSION}; install a newer one"
        )
    for name, curve in tree.to_dataset(inherit=False).data_vars.items():
        if curve.dims != (ITERATION,):
            raise BadRecording(f"curve {name!r} has dims {curve.dims}; expected {(ITERATION,)}")
    _check_labels(tree.to_dataset(inherit=False))
    for name in module_names(tree):
        try:
            validate_dataset(tree.children[name].to_dataset(inherit=False))
        except BadRecording as error:
            raise BadRecording(f"module {name!r}: {error}") from error


def validate_dataset(dataset: xr.Dataset) -> None:
    """Raise if a dataset is not the recording of one module.

    Parameters
    ----------
    dataset : Dataset

    Raises
    ------
    BadRecording
        If the cell or a variable is unknown, a dim has no labels, or gates and paths are not those of the
        cell; also if a variable's dims differ from the vocabulary's. Either all variables of a call have the
        dim ``call`` after ``step``, or none of them has it; metrics and what counts for a whole step never
        have it.
    """
    cell = dataset.attrs.get(CELL)
    if cell not in CELLS:
        raise BadRecording(f"attribute {CELL!r} is {cell!r}; expected one of {', '.join(CELLS)}")
    if STEP not in dataset.dims:
        raise BadRecording(
            f"recording has no dim {STEP!r}; it has {', '.join(map(str, dataset.dims)) or 'none'}"
        )
    for name, variable in dataset.data_vars.items():
        _check_dims(str(name), tuple(map(str, variable.dims)), called=CALL in dataset.dims)
    _check_labels(dataset)
    if CALL in dataset.dims and not _counts(dataset[CALL].values):
        raise BadRecording(f"{CALL} is {_listed(dataset, CALL)}; expected whole numbers from 0")
    described = _described(dataset)
    _check_names(dataset, GATE, described.gates)
    _check_names(dataset, PATH, described.paths)
    if DIRECTION in dataset.dims and not set(dataset[DIRECTION].values.tolist()) <= {FORWARD, REVERSE}:
        raise BadRecording(f"{DIRECTION} is {_listed(dataset, DIRECTION)}; expected {FORWARD}, {REVERSE}")


def _described(dataset: xr.Dataset) -> CellDescription:
    """The cell with its gates, if the attributes that tell them can be read."""
    try:
        found = cell_of(dataset.attrs)
        known = set(found.squash.values()) <= set(SQUASH) and found.keeps in {None, *found.gates}
    except (TypeError, ValueError):
        known = False
    if not known:
        raise BadRecording(
            f"attribute {GATE_SQUASH!r} is {dataset.attrs[GATE_SQUASH]!r}, {KEEPS!r} is "
            f"{dataset.attrs.get(KEEPS)!r}; expected JSON that maps each gate to one of {', '.join(SQUASH)}, "
            "and one of these gates or none"
        )
    return found


def _check_dims(name: str, dims: tuple[str, ...], *, called: bool) -> None:
    expected = (STEP,) if is_metric(name) else VARIABLES[name].dims
    if called and is_of_a_call(name):
        expected = (STEP, CALL, *expected[1:])
    if dims == expected:
        return
    if name not in VARIABLES:
        raise BadRecording(
            f"unknown variable {name!r} with dims {dims}; only a metric, dims {expected}, may have any name"
        )
    raise BadRecording(f"variable {name!r} has dims {dims}; expected {expected}")


def _check_labels(dataset: xr.Dataset) -> None:
    for dim in map(str, dataset.dims):
        if dim not in DIMENSIONS:
            raise BadRecording(f"unknown dim {dim!r}; expected {', '.join(DIMENSIONS)}")
        if dim not in dataset.coords:
            raise BadRecording(f"dim {dim!r} has no labels")
        labels = dataset[dim].values
        if labels.dtype.kind in "iuf" and np.any(np.diff(labels) <= 0):
            raise BadRecording(f"labels of {dim!r} do not ascend")


def _counts(labels: np.ndarray) -> bool:
    return labels.dtype.kind in "iu" and bool(np.all(labels >= 0))


def _check_names(dataset: xr.Dataset, dim: str, expected: tuple[str, ...]) -> None:
    if dim in dataset.dims and (not expected or tuple(dataset[dim].values.tolist()) != expected):
        wanted = ", ".join(expected) or "none"
        raise BadRecording(f"{dim} is {_listed(dataset, dim)}; expected {wanted} for {dataset.attrs[CELL]!r}")


def _listed(dataset: xr.Dataset, dim: str) -> str:
    return ", ".join(map(str, dataset[dim].values.tolist()))
