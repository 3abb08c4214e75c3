"""The value of a variable at each training step, wherever a recording has it."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import xarray as xr

from gradviz.errors import BadRecording
from gradviz.vocabulary import CELL, ITERATION, STEP


def values_of_steps(data: xr.Dataset | xr.DataTree, name: str) -> xr.DataArray:
    """The known values of a variable that has one number per training step, in the order of the steps.

    Parameters
    ----------
    data : Dataset or DataTree
        The recording of one module, or a whole recording.
    name : str
        A training curve, or a fact of each step.  In a tree, a fact of its modules is their largest.

    Returns
    -------
    DataArray, dims (step,)
        Without steps at which it is NaN; empty if it was not recorded.
    """
    found: dict[int, float] = {}
    for values in _where_it_is(data, name):
        along = ITERATION if ITERATION in values.dims else STEP
        others = [dim for dim in values.dims if dim != along]
        largest = values.max(others) if others else values
        numbers = np.atleast_1d(largest.values).astype(np.float64)
        for step, value in zip(np.atleast_1d(largest[along].values).tolist(), numbers.tolist(), strict=True):
            if not math.isnan(value):
                found[step] = max(value, found.get(step, value))
    steps = sorted(found)
    return xr.DataArray([found[step] for step in steps], {STEP: steps}, [STEP])


def known_values(data: xr.Dataset | xr.DataTree, name: str, how: str) -> xr.DataArray:
    """As `values_of_steps`, of something that must have been recorded.

    Parameters
    ----------
    data : Dataset or DataTree
    name : str
    how : str
        For the error: how it is recorded, or why it may be missing.

    Returns
    -------
    DataArray, dims (step,)

    Raises
    ------
    BadRecording
        If no step has it.
    """
    values = values_of_steps(data, name)
    if not values.size:
        raise BadRecording(f"recording has no {name!r}: {how}")
    return values


def has_values(data: xr.Dataset | xr.DataTree, name: str) -> bool:
    """Whether a recording knows a variable at any training step."""
    return values_of_steps(data, name).size > 0


def _where_it_is(data: xr.Dataset | xr.DataTree, name: str) -> Iterator[xr.DataArray]:
    if name in data.data_vars:
        yield xr.DataArray(data[name])
    elif isinstance(data, xr.DataTree):
        for module in data.children.values():
            if CELL in module.attrs and name in module.data_vars:
                yield xr.DataArray(module[name])
