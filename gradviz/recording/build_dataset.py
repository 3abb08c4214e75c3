"""Records of one module into one labelled dataset."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

import numpy as np
import xarray as xr

from gradviz.arguments import check_one_of
from gradviz.errors import unknown_name
from gradviz.recording.align import Block, join, with_call
from gradviz.recording.attributes import as_attribute
from gradviz.recording.call_record import CallRecord
from gradviz.recording.metrics import Metrics, curves, variable_attributes, with_metrics
from gradviz.vocabulary import (
    CALL,
    CELL,
    CELLS,
    DIMENSIONS,
    DIRECTION,
    FORWARD,
    GATE,
    LARGEST_SINGULAR_VALUE,
    LOG10_GRAD_PATH,
    PATH,
    REPLAY_ERROR,
    REVERSE,
    SAMPLE,
    SPECTRAL_RADIUS,
    STEP,
    UNIT,
    VARIABLES,
)

MODULE = "module"


def build_dataset(records: Sequence[CallRecord], metrics: Metrics | None = None) -> xr.Dataset:
    """The recording of one module.

    Parameters
    ----------
    records : sequence of CallRecord
        At least one, all of one module, one per training step and call, in any order. They may differ in
        length, in samples and in which variables they have.
    metrics : mapping of str to mapping of int to float, optional
        Per metric its value at every iteration; kept at the recorded steps.

    Returns
    -------
    Dataset
        The vocabulary's variables with labelled dims; NaN where a record has no such time step, sample or
        variable. If any record is of a second call, all variables but the metrics have the dim ``call`` after
        ``step``, labelled from 0 to the last call, NaN where a step had fewer. Norms and gate statistics are
        float32, as is ``underflow``; values per unit (``detail="full"``) keep float64 if they came so;
        metrics are float64. Attributes: cell, module, the largest replay_error, and the records' own.

    Raises
    ------
    ValueError
        If there is no record, or they are of several modules or cells, or one call of a step comes twice.
    """
    _check_together(records)
    ordered = sorted(records, key=lambda record: (record.step, record.call))
    dataset = as_dataset(_joined(ordered), attributes=_attributes(ordered))
    return with_metrics(dataset, curves(metrics)) if metrics else dataset


def as_dataset(block: Block, *, attributes: Mapping[str, object]) -> xr.Dataset:
    """A block with the vocabulary's long names and units on everything."""
    used = {dim for dims, _ in block.variables.values() for dim in dims}
    return xr.Dataset(
        {name: (dims, values, variable_attributes(name)) for name, (dims, values) in block.variables.items()},
        coords={
            dim: (dim, labels, DIMENSIONS[dim]._asdict())
            for dim, labels in block.labels.items()
            if dim in used or dim == STEP
        },
        attrs=attributes,
    )


def _joined(ordered: Sequence[CallRecord]) -> Block:
    if not any(record.call for record in ordered):
        return join([_block(record) for record in ordered], along=STEP)
    # the calls of a step first: steps are then mostly of one shape, which makes their join cheap
    blocks = [
        join([_called(_block(record), record.call) for record in records], along=CALL)
        for _, records in groupby(ordered, key=lambda record: record.step)
    ]
    calls = {record.call for record in ordered}
    if len(calls) <= max(calls):
        blocks.append(Block({CALL: np.arange(max(calls) + 1, dtype=np.int64)}, {}))
    return join(blocks, along=STEP)


def _called(block: Block, call: int) -> Block:
    return Block(
        {**block.labels, CALL: np.array([call], dtype=np.int64)},
        {name: (with_call(dims), values[:, None]) for name, (dims, values) in block.variables.items()},
    )


def recorded_twice(record: CallRecord) -> ValueError:
    """The error for a call of a module that comes a second time in a training step."""
    return ValueError(
        f"module {record.module!r} was recorded twice in step {record.step}, call {record.call}; "
        "number the calls of a step from 0"
    )


def check_record(record: CallRecord) -> None:
    """Raise if a record does not fit the vocabulary.

    Parameters
    ----------
    record : CallRecord

    Raises
    ------
    ValueError
        If the module has no name or one with ``/``, the call is no count, the samples do not ascend, an
        array's shape does not fit its dims, or it is of gates or paths and the cell has none; `UnknownName`
        if the cell or a variable is in no table.
    """
    if not record.module or "/" in record.module:
        raise ValueError(f"a module needs a name without '/' in a recording; got {record.module!r}")
    check_one_of(CELL, record.cell, CELLS)
    if record.call < 0:
        raise ValueError(
            f"call of {record.module!r} in step {record.step} is {record.call}; calls count from 0"
        )
    if np.ndim(record.samples) != 1 or np.any(np.diff(record.samples) <= 0):
        raise ValueError(f"samples of {record.module!r} must ascend; got {record.samples!r}")
    for name in record.variables:
        if name not in VARIABLES or VARIABLES[name].dims == (STEP,):
            raise unknown_name("variable", name, VARIABLES)
        lacking = lacking_names(name, record.cell)
        if lacking:
            raise ValueError(
                f"{name!r} of {record.module!r} in step {record.step}: cell {record.cell!r} has no {lacking}"
            )
    _sizes(record)


def _sizes(record: CallRecord) -> dict[str, int]:
    cell = CELLS[record.cell]
    sizes = {SAMPLE: len(record.samples), GATE: len(cell.gates), PATH: len(cell.paths)}
    for name, values in record.variables.items():
        dims, shape = VARIABLES[name].dims[1:], np.shape(values)
        fits = len(dims) == len(shape) and all(
            sizes.setdefault(dim, size) == size for dim, size in zip(dims, shape, strict=True)
        )
        if not fits or sizes.get(DIRECTION, 1) > 2:
            wanted = ", ".join(f"{dim}={sizes[dim]}" if dim in sizes else dim for dim in dims)
            raise ValueError(
                f"{name!r} of {record.module!r} in step {record.step} has shape {shape}; expected ({wanted})"
            )
    return sizes


def _block(record: CallRecord) -> Block:
    cell, sizes = CELLS[record.cell], _sizes(record)
    labels: dict[str, np.ndarray] = {dim: np.arange(size, dtype=np.int64) for dim, size in sizes.items()}
    labels[STEP] = np.array([record.step], dtype=np.int64)
    labels[SAMPLE] = np.asarray(record.samples, dtype=np.int64)
    labels[GATE], labels[PATH] = np.array(cell.gates, np.str_), np.array(cell.paths, np.str_)
    if DIRECTION in sizes:
        labels[DIRECTION] = np.array((FORWARD, REVERSE))[: sizes[DIRECTION]]
    return Block(
        labels,
        {
            name: (VARIABLES[name].dims, _stored(name, values)[None])
            for name, values in record.variables.items()
        },
    )


def _stored(name: str, values: np.ndarray) -> np.ndarray:
    """Values as a recording keeps them; a norm beyond float32 is not finite there."""
    if holds_every_unit(name) and np.asarray(values).dtype == np.float64:
        return np.asarray(values)
    with np.errstate(over="ignore"):
        return np.asarray(values, dtype=np.float32)


def lacking_names(variable: str, cell: str) -> str:
    """``"gates"`` or ``"paths"`` if a variable is of those and the cell has none, else nothing."""
    dims, about = VARIABLES[variable].dims, CELLS[cell]
    if GATE in dims and not about.gates:
        return "gates"
    return "paths" if PATH in dims and not about.paths else ""


def holds_every_unit(name: str) -> bool:
    """Whether a variable has a value per sample and unit."""
    return {SAMPLE, UNIT} <= set(VARIABLES[name].dims)


def needs_full_detail(name: str) -> bool:
    """Whether a variable is recorded with ``detail="full"`` only."""
    return holds_every_unit(name) or name in (LOG10_GRAD_PATH, SPECTRAL_RADIUS, LARGEST_SINGULAR_VALUE)


def _check_together(records: Sequence[CallRecord]) -> None:
    if not records:
        raise ValueError("a recording needs at least one record; got none")
    for record in records:
        check_record(record)
    kinds = {(record.module, record.cell) for record in records}
    if len(kinds) > 1:
        listed = ", ".join(f"{module} ({cell})" for module, cell in sorted(kinds))
        raise ValueError(f"records of one module are wanted; got {listed}")
    seen: set[tuple[int, int]] = set()
    for record in records:
        if (record.step, record.call) in seen:
            raise recorded_twice(record)
        seen.add((record.step, record.call))


def _attributes(records: Sequence[CallRecord]) -> dict[str, object]:
    own = {name: as_attribute(value) for name, value in records[0].attributes.items()}
    replay_error = float(np.max([record.replay_error for record in records]))
    return {CELL: records[0].cell, MODULE: records[0].module, REPLAY_ERROR: replay_error, **own}
