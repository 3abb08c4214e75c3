"""Builds the labelled dataset of one module from the records of its calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

import numpy as np
import xarray as xr

from gradviz.cell_descriptions import cell_of, gates_in_words, saturation_meanings
from gradviz.recording.align import Block, join, with_call
from gradviz.recording.attributes import as_attribute
from gradviz.recording.call_record import CallRecord
from gradviz.recording.check_record import check_record, recorded_twice, sizes_of
from gradviz.recording.join_attributes import join_attributes
from gradviz.recording.metrics import Metrics, curves, variable_attributes, with_metrics
from gradviz.recording.variables import holds_every_unit
from gradviz.vocabulary import (
    CALL,
    CELL,
    DIMENSIONS,
    DIRECTION,
    FORWARD,
    GATE,
    GATE_LEFT,
    GATE_RIGHT,
    LEFT_MEANING,
    MODULE,
    PATH,
    REPLAY_ERROR,
    REVERSE,
    RIGHT_MEANING,
    SAMPLE,
    STEP,
    UNIT_LEFT,
    UNIT_RIGHT,
    VARIABLES,
)

_SATURATIONS = {GATE_LEFT, GATE_RIGHT, UNIT_LEFT, UNIT_RIGHT}


def build_dataset(records: Sequence[CallRecord], metrics: Metrics | None = None) -> xr.Dataset:
    """The recording of one module.

    Parameters
    ----------
    records : sequence of CallRecord
        At least one, in any order: all of one module, one per call and training step. Lengths, samples and
        variables may differ.
    metrics : mapping of str to mapping of int to float, optional
        For each metric, its value at every iteration. The recording keeps those of the recorded steps.

    Returns
    -------
    Dataset
        The vocabulary's variables with labelled dims; NaN where a record lacks a time step, sample or
        variable. If a step had a second call, the variables of a call have the dim ``call`` after ``step``,
        labelled from 0 to the last call, NaN where a step had fewer calls. Norms, gate statistics and
        ``underflow`` are float32. Values per unit (``detail="full"``) stay float64 if they are float64.
        Metrics and variables with the only dim ``step`` are float64. Attributes: cell, module, and those of
        the records as `join_attributes` joins them.

    Raises
    ------
    ValueError
        If there is no record, the records are of several modules or cells, a recurrence written by hand has
        other gates in some of them, or a call was recorded twice.
    """
    _check_together(records)
    ordered = sorted(records, key=lambda record: (record.step, record.call))
    dataset = as_dataset(_joined(ordered), attributes=_attributes(ordered))
    return with_metrics(dataset, curves(metrics)) if metrics else dataset


def as_dataset(block: Block, *, attributes: Mapping[str, object]) -> xr.Dataset:
    """A dataset of a block's variables, with long names and units from the vocabulary."""
    meanings = saturation_meanings(cell_of(attributes))
    used = {dim for dims, _ in block.variables.values() for dim in dims}
    return xr.Dataset(
        {
            name: (dims, values, _described(name, meanings))
            for name, (dims, values) in block.variables.items()
        },
        coords={
            dim: (dim, labels, DIMENSIONS[dim]._asdict())
            for dim, labels in block.labels.items()
            if dim in used or dim == STEP
        },
        attrs=attributes,
    )


def _described(name: str, meanings: tuple[str, str]) -> dict[str, str]:
    """Long name and units; saturation means what it does for the gates of the cell."""
    found = variable_attributes(name)
    for usual, meaning in zip((LEFT_MEANING, RIGHT_MEANING), meanings, strict=True):
        if name in _SATURATIONS:
            found["long_name"] = found["long_name"].replace(usual, meaning)
    return found


def _joined(ordered: Sequence[CallRecord]) -> Block:
    if not any(record.call for record in ordered):
        return join([_block(record) for record in ordered], along=STEP)
    # Join the calls of each step first. Most steps then have the same shape, which makes their join fast.
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
        {name: with_call(name, dims, values) for name, (dims, values) in block.variables.items()},
    )


def _block(record: CallRecord) -> Block:
    cell, sizes = record.description, sizes_of(record)
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
            for name, values in (_facts(record) | record.variables).items()
        },
    )


def _facts(record: CallRecord) -> dict[str, np.ndarray]:
    """The attributes of a record that are variables as well."""
    return {name: np.asarray(value) for name, value in record.attributes.items() if name in VARIABLES}


def _stored(name: str, values: np.ndarray) -> np.ndarray:
    """Values in the dtype of the recording; a norm outside the range of float32 becomes infinite."""
    if VARIABLES[name].dims == (STEP,):
        return np.asarray(values, dtype=np.float64)
    if holds_every_unit(name) and np.asarray(values).dtype == np.float64:
        return np.asarray(values)
    with np.errstate(over="ignore"):
        return np.asarray(values, dtype=np.float32)


def _check_together(records: Sequence[CallRecord]) -> None:
    if not records:
        raise ValueError("a recording needs at least one record; got none")
    for record in records:
        check_record(record)
    kinds = {(record.module, record.cell) for record in records}
    if len(kinds) > 1:
        listed = ", ".join(f"{module} ({cell})" for module, cell in sorted(kinds))
        raise ValueError(f"all records must be of one module and one cell; got {listed}")
    gates = sorted({gates_in_words(record.description) for record in records if record.description.gates})
    if len(gates) > 1:
        raise ValueError(
            f"all records of {records[0].module!r} must have the same gates; got {'; '.join(gates)}"
        )
    seen: set[tuple[int, int]] = set()
    for record in records:
        if (record.step, record.call) in seen:
            raise recorded_twice(record)
        seen.add((record.step, record.call))


def _attributes(records: Sequence[CallRecord]) -> dict[str, object]:
    known = {CELL: records[0].cell, MODULE: records[0].module}
    found = join_attributes([{REPLAY_ERROR: one.replay_error, **one.attributes} for one in records])
    return known | {name: as_attribute(value) for name, value in found.items()}
