"""Checks that the record of a call fits the vocabulary."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np

from gradviz.arguments import check_one_of
from gradviz.cell_descriptions import CELLS
from gradviz.errors import unknown_name
from gradviz.recording.attributes import can_be_stored
from gradviz.recording.call_record import CallRecord
from gradviz.recording.variables import missing_from_cell
from gradviz.vocabulary import CELL, DIRECTION, GATE, PATH, SAMPLE, VARIABLES, is_metric


def check_record(record: CallRecord) -> None:
    """Raise if a record does not fit the vocabulary.

    Parameters
    ----------
    record : CallRecord

    Raises
    ------
    ValueError
        If the module has no name or one that a file cannot hold, the call is negative, the samples do not
        ascend, the shape of an array does not fit its dims, or an array is for gates or paths and the cell
        has none.
    UnknownName
        If the cell or a variable is not in the vocabulary.
    """
    if not can_be_stored(record.module):
        raise ValueError(f"a module needs a printable name without '/' in a recording; got {record.module!r}")
    check_one_of(CELL, record.cell, CELLS)
    if record.call < 0:
        raise ValueError(
            f"call of {record.module!r} in step {record.step} is {record.call}; calls count from 0"
        )
    if np.ndim(record.samples) != 1 or np.any(np.diff(record.samples) <= 0):
        raise ValueError(f"samples of {record.module!r} must ascend; got {record.samples!r}")
    cell = record.description
    for name in record.variables:
        if is_metric(name):
            raise unknown_name("variable", name, VARIABLES)
        missing = missing_from_cell(name, cell)
        if missing:
            raise ValueError(
                f"{name!r} of {record.module!r} in step {record.step}: cell {record.cell!r} has no {missing}"
            )
    sizes_of(record)


def sizes_of(record: CallRecord) -> dict[str, int]:
    """The size of every dim of a record's variables.

    Parameters
    ----------
    record : CallRecord
        Its cell and variables are in the vocabulary.

    Returns
    -------
    dict of str to int

    Raises
    ------
    ValueError
        If the shape of an array does not fit its dims.
    """
    cell = record.description
    shapes = tuple((name, np.shape(values)) for name, values in record.variables.items())
    sizes, wrong = _fitting_sizes(len(record.samples), len(cell.gates), len(cell.paths), shapes)
    if wrong:
        dims, shape = VARIABLES[wrong].dims[1:], np.shape(record.variables[wrong])
        wanted = ", ".join(f"{dim}={sizes[dim]}" if dim in sizes else dim for dim in dims)
        raise ValueError(
            f"{wrong!r} of {record.module!r} in step {record.step} has shape {shape}; expected ({wanted})"
        )
    return dict(sizes)


@lru_cache(maxsize=256)
def _fitting_sizes(
    samples: int, gates: int, paths: int, shapes: tuple[tuple[str, tuple[int, ...]], ...]
) -> tuple[Mapping[str, int], str]:
    """The size of every dim, and the first variable that does not fit; the same for every step as a rule."""
    sizes = {SAMPLE: samples, GATE: gates, PATH: paths}
    for name, shape in shapes:
        dims = VARIABLES[name].dims[1:]
        fits = len(dims) == len(shape) and all(
            sizes.setdefault(dim, size) == size for dim, size in zip(dims, shape, strict=True)
        )
        if not fits or sizes.get(DIRECTION, 1) > 2:
            return sizes, name
    return sizes, ""


def recorded_twice(record: CallRecord) -> ValueError:
    """The error to raise for a second record of the same call."""
    return ValueError(
        f"module {record.module!r} was recorded twice in step {record.step}, call {record.call}; "
        "number the calls of a step from 0"
    )
