"""The value of a variable at each training step, wherever a recording has it."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Mapping

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
    found = by_step(data, name)
    return xr.DataArray(list(found.values()), {STEP: list(found)}, [STEP])


def by_step(data: xr.Dataset | xr.DataTree, name: str) -> dict[int, float]:
    """As `values_of_steps`, in a dict whose keys are the steps in their order.

    Raises
    ------
    BadRecording
        If the steps were averaged away.
    """
    found: dict[int, float] = {}
    for variables in _where_it_is(data, name):
        values = variables[name]
        along = ITERATION if ITERATION in values.dims else STEP
        if along not in values.dims and along not in variables:
            raise BadRecording(
                f"{name!r} has no training steps: the dim {STEP!r}, or {ITERATION!r} of a curve, was "
                "averaged away; give a recording with it"
            )
        labels = variables[along].values if along in variables else np.arange(values.sizes[along])
        rows = values.set_dims((along, *(dim for dim in values.dims if dim != along))).values
        largest = np.fmax.reduce(rows.astype(np.float64).reshape(len(rows), -1), axis=1)
        for step, value in zip(np.atleast_1d(labels).tolist(), largest.tolist(), strict=True):
            if not math.isnan(value):
                found[step] = max(value, found.get(step, value))
    return dict(sorted(found.items()))


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
    return bool(by_step(data, name))


def _where_it_is(data: xr.Dataset | xr.DataTree, name: str) -> Iterator[Mapping[Hashable, xr.Variable]]:
    """The variables of each group that has it: reading them does not build a Dataset, as `DataTree` does."""
    variables = data.variables
    if name in variables and name not in data.coords:
        yield variables
    elif isinstance(data, xr.DataTree):
        for module in data.children.values():
            if CELL in module.attrs and name in module.variables and name not in module.coords:
                yield module.variables
