"""Checks that a tree or dataset is a recording."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Integral
from typing import Any

import xarray as xr

from gradviz.cell_descriptions import CELLS, SQUASH, CellDescription, cell_of
from gradviz.errors import BadRecording
from gradviz.recording.check_attributes import (
    check_attributes_of_module,
    check_attributes_of_run,
    check_attributes_of_variable,
    shown,
)
from gradviz.recording.check_facts import check_facts
from gradviz.recording.check_labels import check_labels, listed
from gradviz.recording.provenance import FORMAT_ATTRIBUTE, FORMAT_VERSION
from gradviz.recording.tree import module_names
from gradviz.recording.variables import is_of_a_call
from gradviz.vocabulary import (
    CALL,
    CELL,
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
        If the format version is missing, unusable or newer, an attribute has a value that its readers
        cannot use, a training curve has other dims than (iteration,) or is not of numbers, or a module is not
        a recording.
    """
    _check_version(tree.attrs)
    check_attributes_of_run(tree.attrs)
    curves = tree.to_dataset(inherit=False)
    for name, curve in curves.data_vars.items():
        if curve.dims != (ITERATION,):
            raise BadRecording(f"curve {name!r} has dims {curve.dims}; expected {(ITERATION,)}")
        _check_numbers(f"curve {name!r}", curve)
        check_attributes_of_variable(str(name), curve.attrs)
    check_labels(curves)
    for name in module_names(tree):
        try:
            if tree.children[name].children:
                raise BadRecording("holds other groups; expected only variables")
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
    if not isinstance(cell, str) or cell not in CELLS:
        raise BadRecording(f"attribute {CELL!r} is {shown(cell)}; expected one of {', '.join(CELLS)}")
    check_attributes_of_module(dataset.attrs)
    if STEP not in dataset.dims:
        raise BadRecording(
            f"recording has no dim {STEP!r}; it has {', '.join(map(str, dataset.dims)) or 'none'}"
        )
    for name, variable in dataset.data_vars.items():
        _check_dims(str(name), tuple(map(str, variable.dims)), called=CALL in dataset.dims)
        _check_numbers(f"variable {name!r}", variable)
        check_attributes_of_variable(str(name), variable.attrs)
    check_labels(dataset)
    check_facts(dataset)
    described = _described(dataset)
    _check_names(dataset, GATE, described.gates)
    _check_names(dataset, PATH, described.paths)
    if DIRECTION in dataset.dims and not set(dataset[DIRECTION].values.tolist()) <= {FORWARD, REVERSE}:
        raise BadRecording(
            f"{DIRECTION} is {listed(dataset[DIRECTION].values)}; expected {FORWARD}, {REVERSE}"
        )


def _check_version(attributes: Mapping[Any, Any]) -> None:
    version = attributes.get(FORMAT_ATTRIBUTE)
    if version is None:
        raise BadRecording(f"not a gradviz recording: it has no attribute {FORMAT_ATTRIBUTE!r}")
    if not isinstance(version, Integral) or isinstance(version, bool) or int(version) < 1:
        raise BadRecording(
            f"attribute {FORMAT_ATTRIBUTE!r} is {shown(version)}; expected a whole number from 1"
        )
    if int(version) > FORMAT_VERSION:
        raise BadRecording(
            f"recording has format {version}; this gradviz reads up to {FORMAT_VERSION}; install a newer one"
        )


def _check_numbers(what: str, values: xr.DataArray) -> None:
    if values.dtype.kind not in "biuf":
        raise BadRecording(f"{what} is of type {values.dtype}; expected numbers")


def _described(dataset: xr.Dataset) -> CellDescription:
    """The cell with its gates, if the attributes that tell them can be read."""
    try:
        found = cell_of(dataset.attrs)
        known = set(found.squash.values()) <= set(SQUASH) and found.keeps in {None, *found.gates}
    except (TypeError, ValueError, RecursionError):
        known = False
    if not known:
        raise BadRecording(
            f"attribute {GATE_SQUASH!r} is {shown(dataset.attrs.get(GATE_SQUASH))}, {KEEPS!r} is "
            f"{shown(dataset.attrs.get(KEEPS))}; expected JSON that maps each gate to one of "
            f"{', '.join(SQUASH)}, "
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


def _check_names(dataset: xr.Dataset, dim: str, expected: tuple[str, ...]) -> None:
    if dim in dataset.dims and (not expected or tuple(dataset[dim].values.tolist()) != expected):
        wanted = ", ".join(expected) or "none"
        raise BadRecording(
            f"{dim} is {listed(dataset[dim].values)}; expected {wanted} for {dataset.attrs[CELL]!r}"
        )
