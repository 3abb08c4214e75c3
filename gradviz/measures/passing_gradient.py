"""The gradient that passes every time step, also where the output of a step was thrown away."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
import xarray as xr

from gradviz.recording.tree import check_variable
from gradviz.vocabulary import CUT, LOG10_GRAD_C, LOG10_GRAD_H, LOG10_GRAD_STATE, TIME


def passing_gradient(dataset: xr.Dataset, variable: str = LOG10_GRAD_H) -> xr.DataArray:
    """Norms of the gradient that passes each time step, in decades.

    A loop may throw the output of a step away and hand the state before it on (``where`` for padding, a
    skipped step). The total gradient at that output is exactly zero, but the gradient passes the step at the
    state that was handed on. Where such steps stand before the first or after the last step of a sequence
    that takes part, they are padding.

    Parameters
    ----------
    dataset : Dataset
        The recording of a module; steps, layers, directions and sequences may have been selected.
    variable : str
        A log10 norm. Only ``log10_grad_h`` and ``log10_grad_c`` are changed, and only if
        ``log10_grad_state`` was recorded too.

    Returns
    -------
    DataArray, dims of the variable
        ``log10_grad_h``: the gradient at the state handed on where the output was thrown away.
        ``log10_grad_c``: NaN there, since the handed-on cell state has no total of its own. NaN at padding.

    Raises
    ------
    BadRecording
        If the variable was not recorded.
    """
    norms = check_variable(dataset, variable)
    if not _can_tell(dataset) or variable not in (LOG10_GRAD_H, LOG10_GRAD_C):
        return norms
    thrown_away, padding = _thrown_away(dataset)
    values, dims = norms.values, norms.dims
    if variable == LOG10_GRAD_H:
        passing = np.where(thrown_away, _along(dataset, LOG10_GRAD_STATE, dims), values)
    else:
        passing = np.where(thrown_away & (values == -np.inf), np.nan, values)
    return norms.copy(data=np.where(padding, np.nan, passing))


def passing_name(dataset: xr.Dataset, variable: str = LOG10_GRAD_H) -> str:
    """The long name of the variable; of `passing_gradient` where that differs from it.

    Parameters
    ----------
    dataset : Dataset
    variable : str

    Returns
    -------
    str
    """
    norms = check_variable(dataset, variable)
    name = str(norms.attrs.get("long_name", variable))
    if variable != LOG10_GRAD_H or not _can_tell(dataset) or not _thrown_away(dataset)[0].any():
        return name
    return f"{name},\nor at the state handed on"


def carried_gradient(dataset: xr.Dataset) -> xr.DataArray:
    """As `passing_gradient` of the hidden state, but at the state handed on wherever that was recorded.

    What changes a state between two calls (a dropout, a layer norm) changes the scale of its gradient too.
    At the states handed on, steps can be compared with each other.

    Parameters
    ----------
    dataset : Dataset

    Returns
    -------
    DataArray, dims of ``log10_grad_h``
    """
    passing = passing_gradient(dataset)
    if not _can_tell(dataset):
        return passing
    state = _along(dataset, LOG10_GRAD_STATE, passing.dims)
    is_handed_on = ~np.isnan(passing.values) & ~_cut_after(dataset) & (state > -np.inf)
    return passing.copy(data=np.where(is_handed_on, state, passing.values))


def cut_after(dataset: xr.Dataset) -> xr.DataArray:
    """Whether the next step's incoming state brings no gradient back to a step.

    Parameters
    ----------
    dataset : Dataset
        Has ``log10_grad_h``; ``cut`` is optional.

    Returns
    -------
    DataArray of bool, dims of ``log10_grad_h``
        False where ``cut`` was not recorded.
    """
    norms = dataset[LOG10_GRAD_H]
    return xr.DataArray(_cut_after(dataset), norms.coords, norms.dims)


def beyond_cut(dataset: xr.Dataset) -> xr.DataArray:
    """Whether the state of a sequence is cut off at any later time step.

    Parameters
    ----------
    dataset : Dataset
        As in `cut_after`.

    Returns
    -------
    DataArray of bool, dims of ``log10_grad_h``
    """
    norms, cut = dataset[LOG10_GRAD_H], _cut_after(dataset)
    if TIME in norms.dims:
        axis = norms.dims.index(TIME)
        cut = np.flip(np.logical_or.accumulate(np.flip(cut, axis), axis), axis)
    return xr.DataArray(cut, norms.coords, norms.dims)


def _can_tell(dataset: xr.Dataset) -> bool:
    return {LOG10_GRAD_H, LOG10_GRAD_STATE} <= set(dataset) and TIME in dataset[LOG10_GRAD_H].dims


def _along(dataset: xr.Dataset, name: str, dims: Sequence[Hashable]) -> np.ndarray:
    """The bare values of a variable, which broadcast against arrays of these dims."""
    return np.asarray(dataset.variables[name].set_dims(tuple(dims)).values)


def _cut_after(dataset: xr.Dataset) -> np.ndarray:
    norms = dataset.variables[LOG10_GRAD_H]
    cut = np.zeros(norms.shape, dtype=bool)
    if CUT in dataset and TIME in norms.dims:
        axis = norms.dims.index(TIME)
        next_is_cut = np.broadcast_to(_along(dataset, CUT, norms.dims) == 1, cut.shape)
        np.moveaxis(cut, axis, 0)[:-1] = np.moveaxis(next_is_cut, axis, 0)[1:]
    return cut


def _thrown_away(dataset: xr.Dataset) -> tuple[np.ndarray, np.ndarray]:
    """Steps whose output was thrown away, and those that are padding; dims of ``log10_grad_h``."""
    norms = dataset.variables[LOG10_GRAD_H]
    axis = norms.dims.index(TIME)
    values, state = norms.values, _along(dataset, LOG10_GRAD_STATE, norms.dims)
    takes_part = values > -np.inf
    passes = (values == -np.inf) & (state > -np.inf) & ~_cut_after(dataset)
    passes = passes & takes_part.any(axis, keepdims=True)
    rows = (np.moveaxis(each, axis, -1) for each in (takes_part, passes, np.isnan(values)))
    return passes, np.moveaxis(_padding(*rows), -1, axis)


def _padding(takes_part: np.ndarray, passes: np.ndarray, missing: np.ndarray) -> np.ndarray:
    """Steps without a part in the sequence, before its first and after its last one; (..., time)."""
    begun = np.logical_or.accumulate(takes_part, axis=-1)
    goes_on = np.logical_or.accumulate(takes_part[..., ::-1], axis=-1)[..., ::-1]
    after = ~goes_on & (passes & ~goes_on).any(-1, keepdims=True)
    before = ~begun & np.logical_and.accumulate((passes | missing | begun)[..., ::-1], axis=-1)[..., ::-1]
    # the state that comes in at step 1 brings nothing back where step 0 only handed an initial state on
    reaches_start = before[..., :2].any(-1, keepdims=True)
    return (before | (~begun & (np.arange(begun.shape[-1]) == 0))) & reaches_start | after
