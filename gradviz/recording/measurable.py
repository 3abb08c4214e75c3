"""Checks that a recording, of which parts may have been selected, has what measures need."""

from __future__ import annotations

import xarray as xr

from gradviz.cell_descriptions import cell_of
from gradviz.errors import BadRecording
from gradviz.vocabulary import CELL, DIRECTION, GATE, LAYER, SAMPLE, STEP, TIME

_NOT_EMPTY = (STEP, LAYER, DIRECTION, TIME, SAMPLE)


def check_can_be_measured(dataset: xr.Dataset, name: str) -> None:
    """Raise an error if one gate was selected, or nothing is left along a dim.

    Parameters
    ----------
    dataset : Dataset
        The recording of a module.
    name : str
        Of the module, for the message.

    Raises
    ------
    BadRecording
    """
    if not dataset.data_vars:
        raise BadRecording(f"the recording of {name!r} holds no variable; leave that group out")
    if GATE in dataset.coords and GATE not in dataset.dims and _gates(dataset) != 1:
        raise BadRecording(
            f"the recording of {name!r} has only the gate {dataset[GATE].item()!r}, and all are needed; do "
            f"not select along {GATE!r}"
        )
    for dim in _NOT_EMPTY:
        if dataset.sizes.get(dim, 1) == 0:
            raise BadRecording(f"the recording of {name!r} has nothing along {dim!r}; select at least one")


def _gates(dataset: xr.Dataset) -> int:
    return len(cell_of(dataset.attrs).gates) if CELL in dataset.attrs else 0
