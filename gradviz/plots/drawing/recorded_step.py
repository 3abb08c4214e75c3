"""One recorded training step, one gate, one sequence: chosen by label, with what there is in the message."""

from __future__ import annotations

from numbers import Real

import xarray as xr

from gradviz.arguments import check_one_of
from gradviz.errors import BadRecording
from gradviz.vocabulary import CELLS, GATE, SAMPLE, STEP


def at_step(dataset: xr.Dataset, step: int | None) -> xr.Dataset:
    """A recording at one training step, without the dim ``step``; by default the last recorded.

    Raises
    ------
    BadRecording
        If that step was not recorded; the message names the nearest one that was.
    TypeError
        If it is no number.
    """
    return _at_number(dataset, STEP, step, default=-1)


def at_sample(dataset: xr.Dataset, sample: int | None) -> xr.Dataset:
    """A recording of one sequence, by its index in the batch; by default the first recorded.

    Raises
    ------
    BadRecording
        If that sequence was not recorded; the message names the nearest one that was.
    TypeError
        If it is no number.
    """
    return _at_number(dataset, SAMPLE, sample, default=0)


def at_gate(dataset: xr.Dataset, gate: str | None) -> xr.Dataset:
    """A recording of one gate; by default the one that keeps the memory, forget or update.

    Raises
    ------
    UnknownName
        If the cell has no such gate.
    """
    if GATE not in dataset.dims:
        return dataset
    gates = [str(name) for name in dataset[GATE].values]
    keeping = [name for name in gates if any(name == cell.keeps for cell in CELLS.values())]
    chosen = gate or (keeping or gates)[0]
    check_one_of("gate", chosen, gates)
    return dataset.isel({GATE: gates.index(chosen)})


def _at_number(dataset: xr.Dataset, dim: str, label: int | None, *, default: int) -> xr.Dataset:
    if dim not in dataset.dims:
        return dataset
    if label is None:
        return dataset.isel({dim: default})
    if not isinstance(label, Real):
        raise TypeError(f"{dim} is {label!r}: must be a whole number")
    there = dataset[dim].values.tolist()
    if label not in there:
        nearest = min(there, key=lambda other: abs(other - label))
        raise BadRecording(
            f"recording has no {dim} {label}; nearest is {nearest} "
            f"({len(there)} recorded, from {there[0]} to {there[-1]})"
        )
    return dataset.isel({dim: there.index(label)})
