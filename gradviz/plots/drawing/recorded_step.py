"""One recorded training step, sequence or gate, chosen by its label."""

from __future__ import annotations

from numbers import Real

import xarray as xr

from gradviz.arguments import check_one_of
from gradviz.cell_descriptions import CELLS, cell_of
from gradviz.errors import BadRecording
from gradviz.recording.pool_calls import SAMPLE_OF_CALL
from gradviz.recording.tree import select_module, select_series
from gradviz.vocabulary import CALL, CELL, GATE, SAMPLE, STEP


def one_step(
    data: xr.Dataset | xr.DataTree,
    step: int | None,
    *,
    module: str | None = None,
    layer: int | None = None,
    direction: str | None = None,
    call: int | None = None,
) -> xr.Dataset:
    """One layer and direction of a recording at one training step.

    Parameters
    ----------
    data : Dataset or DataTree
    step : int or None
        By default the last recorded.
    module : str, optional
        Required if the recording has several modules.
    layer : int, optional
        By default the last.
    direction : {"forward", "reverse"}, optional
        By default forward.
    call : int, optional
        By default the sequences of all calls in a step count together.

    Returns
    -------
    Dataset
        Without the dims ``step``, ``layer`` and ``direction``, which stay as scalar coordinates.

    Raises
    ------
    BadRecording, UnknownName
        If there is no such step, module, layer, direction or call.
    """
    dataset = at_step(select_module(data, module=module), step)
    return select_series(dataset, layer=layer, direction=direction, call=call)


def step_name(data: xr.Dataset | xr.DataArray) -> str:
    """The title of a plot of one training step; an empty string if the data does not give the step."""
    return f"training step {int(data[STEP])}" if STEP in data.coords else ""


def step_and_sequence(data: xr.Dataset | xr.DataArray) -> str:
    """The end of a title: "at training step 3, sequence 0", without what was averaged."""
    step = step_name(data)
    return ", ".join(filter(None, [f"at {step}" if step else "", sequence_name(data)]))


def sequence_name(chosen: xr.Dataset | xr.DataArray) -> str:
    """One sequence in the title of a plot, with its call if the recording has several; empty for a mean."""
    if SAMPLE not in chosen.coords or chosen[SAMPLE].ndim:
        return ""
    if CALL not in chosen.coords:
        return f"sequence {int(chosen[SAMPLE])}"
    label = chosen[SAMPLE_OF_CALL if SAMPLE_OF_CALL in chosen.coords else SAMPLE]
    return f"sequence {int(label)} of call {int(chosen[CALL])}"


def at_step(dataset: xr.Dataset, step: int | None) -> xr.Dataset:
    """A recording at one training step, without the dim ``step``; by default the last recorded.

    Raises
    ------
    BadRecording
        If that step was not recorded; the message gives the nearest recorded one.
    TypeError
        If it is not a number.
    """
    return _at_number(dataset, STEP, step, default=-1)


def at_sample(dataset: xr.Dataset, sample: int | None) -> xr.Dataset:
    """A recording of one sequence, by its index in the batch; by default the first recorded.

    Raises
    ------
    BadRecording
        If that sequence was not recorded; the message gives the nearest recorded one.
    TypeError
        If it is not a number.
    """
    return _at_number(dataset, SAMPLE, sample, default=0)


def at_gate(dataset: xr.Dataset, gate: str | None) -> xr.Dataset:
    """A recording of one gate; by default the one that keeps the state, or else the first.

    Raises
    ------
    UnknownName
        If the cell has no such gate.
    """
    if GATE not in dataset.dims:
        return dataset
    gates = [str(name) for name in dataset[GATE].values]
    # what is computed from weights alone does not name its cell
    cells = [cell_of(dataset.attrs)] if CELL in dataset.attrs else CELLS.values()
    keeping = [name for name in gates if name in {cell.keeps for cell in cells}]
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
    if dim not in dataset.coords:
        raise BadRecording(
            f"recording has no {dim} {label}: the dim {dim!r} was averaged away or selected; give a "
            "recording with it"
        )
    available = dataset[dim].values.tolist()
    if label not in available:
        nearest = min(available, key=lambda other: abs(other - label))
        raise BadRecording(
            f"recording has no {dim} {label}; nearest is {nearest} "
            f"({len(available)} recorded, from {available[0]} to {available[-1]})"
        )
    return dataset.isel({dim: available.index(label)})
