"""Restores the dims of a recording that were selected or averaged away."""

from __future__ import annotations

import functools

import xarray as xr

from gradviz.recording.expanded_array import ExpandedArray
from gradviz.recording.stored_array import when_asked_for
from gradviz.recording.variables import is_of_a_call
from gradviz.vocabulary import CALL, DIMENSIONS, ITERATION, STEP, VARIABLES, is_metric


def missing_dims(data: xr.Dataset | xr.DataTree) -> tuple[str, ...]:
    """The dims that a recording's variables have in the vocabulary, and that it lacks altogether.

    Parameters
    ----------
    data : Dataset or DataTree
        The recording of one module, or the training curves of a run.

    Returns
    -------
    tuple of str
    """
    names = tuple(map(str, data.data_vars))
    return _missing(names, frozenset(map(str, data.dims)), ITERATION in data.coords)


@functools.lru_cache(maxsize=1024)  # every measure asks, of every module, and the modules are alike
def _missing(names: tuple[str, ...], has: frozenset[str], has_iteration: bool) -> tuple[str, ...]:
    present = {*has, *({ITERATION} if has_iteration else ())}
    wanted = dict.fromkeys(dim for name in names for dim in _dims(name, present))
    return tuple(dim for dim in wanted if dim not in has)


def with_missing_dims(dataset: xr.Dataset) -> xr.Dataset:
    """A recording with every dim that its variables have in the vocabulary.

    Parameters
    ----------
    dataset : Dataset
        The recording of one module, or the training curves of a run. Labels may have been selected along any
        dim, or means taken.

    Returns
    -------
    Dataset
        A dim that was missing has length one, in the vocabulary's order. Its label is that of the scalar
        coordinate, if there is one; otherwise it has none. The same object if nothing was missing.
    """
    missing = missing_dims(dataset)
    if not missing or not set(map(str, dataset.dims)) <= DIMENSIONS.keys():  # such as of many runs
        return dataset
    present = _present(dataset)
    variables = {
        name: _restored(dataset.variables[name], _dims(str(name), present), missing)
        for name in dataset.data_vars
    }
    coords = {
        name: variable.set_dims([name]) if name in missing else variable
        for name, variable in ((str(name), dataset.variables[name]) for name in dataset.coords)
    }
    return xr.Dataset(variables, coords=coords, attrs=dataset.attrs)


def _present(data: xr.Dataset | xr.DataTree) -> set[str]:
    """The dims of a recording, and also ``iteration`` if one was selected."""
    return {*map(str, data.dims), *({ITERATION} & set(map(str, data.coords)))}


def _dims(name: str, present: set[str]) -> tuple[str, ...]:
    """The dims of a variable in a recording with these dims."""
    if is_metric(name):
        return (ITERATION,) if ITERATION in present else (STEP,)
    dims = VARIABLES[name].dims
    return (STEP, CALL, *dims[1:]) if CALL in present and is_of_a_call(name) else dims


def _restored(variable: xr.Variable, wanted: tuple[str, ...], missing: tuple[str, ...]) -> xr.Variable:
    has = tuple(map(str, variable.dims))
    if all(dim in has for dim in wanted if dim in missing):
        return variable
    whole = [dim for dim in wanted if dim in missing or dim in has]
    dims = (*whole, *(dim for dim in has if dim not in whole))
    return xr.Variable(dims, when_asked_for(ExpandedArray(variable, dims)), variable.attrs)
