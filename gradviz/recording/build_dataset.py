"""Moments of one module into one labelled dataset."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

import numpy as np
import xarray as xr

from gradviz.errors import unknown_name
from gradviz.recording.align import Block, join, with_call
from gradviz.recording.attributes import as_attribute
from gradviz.recording.call_record import Moment
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
    PARITY,
    PATH,
    REVERSE,
    SAMPLE,
    SPECTRAL_RADIUS,
    STEP,
    UNIT,
    VARIABLES,
)

MODULE = "module"


def build_dataset(moments: Sequence[Moment], metrics: Metrics | None = None) -> xr.Dataset:
    """The recording of one module.

    Parameters
    ----------
    moments : sequence of Moment
        At least one, all of one module, one per training step and call, in any order. They may differ in
        length, in samples and in which variables they have.
    metrics : mapping of str to mapping of int to float, optional
        Per metric its value at every iteration; kept at the recorded steps.

    Returns
    -------
    Dataset
        The vocabulary's variables with labelled dims; NaN where a moment has no such time step, sample or
        variable. If any moment is of a second call, all variables but the metrics have the dim ``call`` after
        ``step``, labelled from 0 to the last call, NaN where a step had fewer. Norms and gate statistics are
        float32, as is ``underflow``; values per unit (``detail="full"``) keep float64 if they came so;
        metrics are float64. Attributes: cell, module, the largest parity, and the moments' own.

    Raises
    ------
    ValueError
        If there is no moment, or they are of several modules or cells, or one call of a step comes twice.
    """
    _check_together(moments)
    ordered = sorted(moments, key=lambda moment: (moment.step, moment.call))
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


def _joined(ordered: Sequence[Moment]) -> Block:
    if not any(moment.call for moment in ordered):
        return join([_block(moment) for moment in ordered], along=STEP)
    # the calls of a step first: steps are then mostly of one shape, which makes their join cheap
    blocks = [
        join([_called(_block(moment), moment.call) for moment in moments], along=CALL)
        for _, moments in groupby(ordered, key=lambda moment: moment.step)
    ]
    calls = {moment.call for moment in ordered}
    if len(calls) <= max(calls):
        blocks.append(Block({CALL: np.arange(max(calls) + 1, dtype=np.int64)}, {}))
    return join(blocks, along=STEP)


def _called(block: Block, call: int) -> Block:
    return Block(
        {**block.labels, CALL: np.array([call], dtype=np.int64)},
        {name: (with_call(dims), values[:, None]) for name, (dims, values) in block.variables.items()},
    )


def recorded_twice(moment: Moment) -> ValueError:
    """The error for a call of a module that comes a second time in a training step."""
    return ValueError(
        f"module {moment.module!r} was recorded twice in step {moment.step}, call {moment.call}; "
        "number the calls of a step from 0"
    )


def check_moment(moment: Moment) -> None:
    """Raise if a moment does not fit the vocabulary.

    Parameters
    ----------
    moment : Moment

    Raises
    ------
    ValueError
        If the module has no name or one with ``/``, the call is no count, the samples do not ascend, an
        array's shape does not fit its dims, or it is of gates or paths and the cell has none; `UnknownName`
        if the cell or a variable is in no table.
    """
    if not moment.module or "/" in moment.module:
        raise ValueError(f"a module needs a name without '/' in a recording; got {moment.module!r}")
    if moment.cell not in CELLS:
        raise unknown_name(CELL, moment.cell, CELLS)
    if moment.call < 0:
        raise ValueError(
            f"call of {moment.module!r} in step {moment.step} is {moment.call}; calls count from 0"
        )
    if np.ndim(moment.samples) != 1 or np.any(np.diff(moment.samples) <= 0):
        raise ValueError(f"samples of {moment.module!r} must ascend; got {moment.samples!r}")
    for name in moment.variables:
        if name not in VARIABLES or VARIABLES[name].dims == (STEP,):
            raise unknown_name("variable", name, VARIABLES)
        lacking = lacking_names(name, moment.cell)
        if lacking:
            raise ValueError(
                f"{name!r} of {moment.module!r} in step {moment.step}: cell {moment.cell!r} has no {lacking}"
            )
    _sizes(moment)


def _sizes(moment: Moment) -> dict[str, int]:
    cell = CELLS[moment.cell]
    sizes = {SAMPLE: len(moment.samples), GATE: len(cell.gates), PATH: len(cell.paths)}
    for name, values in moment.variables.items():
        dims, shape = VARIABLES[name].dims[1:], np.shape(values)
        fits = len(dims) == len(shape) and all(
            sizes.setdefault(dim, size) == size for dim, size in zip(dims, shape, strict=True)
        )
        if not fits or sizes.get(DIRECTION, 1) > 2:
            wanted = ", ".join(f"{dim}={sizes[dim]}" if dim in sizes else dim for dim in dims)
            raise ValueError(
                f"{name!r} of {moment.module!r} in step {moment.step} has shape {shape}; expected ({wanted})"
            )
    return sizes


def _block(moment: Moment) -> Block:
    cell, sizes = CELLS[moment.cell], _sizes(moment)
    labels: dict[str, np.ndarray] = {dim: np.arange(size, dtype=np.int64) for dim, size in sizes.items()}
    labels[STEP] = np.array([moment.step], dtype=np.int64)
    labels[SAMPLE] = np.asarray(moment.samples, dtype=np.int64)
    labels[GATE], labels[PATH] = np.array(cell.gates, np.str_), np.array(cell.paths, np.str_)
    if DIRECTION in sizes:
        labels[DIRECTION] = np.array((FORWARD, REVERSE))[: sizes[DIRECTION]]
    return Block(
        labels,
        {
            name: (VARIABLES[name].dims, _stored(name, values)[None])
            for name, values in moment.variables.items()
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


def _check_together(moments: Sequence[Moment]) -> None:
    if not moments:
        raise ValueError("a recording needs at least one moment; got none")
    for moment in moments:
        check_moment(moment)
    kinds = {(moment.module, moment.cell) for moment in moments}
    if len(kinds) > 1:
        listed = ", ".join(f"{module} ({cell})" for module, cell in sorted(kinds))
        raise ValueError(f"moments of one module are wanted; got {listed}")
    seen: set[tuple[int, int]] = set()
    for moment in moments:
        if (moment.step, moment.call) in seen:
            raise recorded_twice(moment)
        seen.add((moment.step, moment.call))


def _attributes(moments: Sequence[Moment]) -> dict[str, object]:
    own = {name: as_attribute(value) for name, value in moments[0].attributes.items()}
    parity = float(np.max([moment.parity for moment in moments]))
    return {CELL: moments[0].cell, MODULE: moments[0].module, PARITY: parity, **own}
