"""The gradient that passes every time step, also where the output of a step was thrown away."""

from __future__ import annotations

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
    if variable == LOG10_GRAD_H:
        passing = norms.where(~thrown_away, dataset[LOG10_GRAD_STATE])
    else:
        passing = norms.where(~(thrown_away & (norms == -np.inf)))
    return passing.where(~padding).transpose(*norms.dims).assign_attrs(norms.attrs)


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
    is_handed_on = passing.notnull() & ~cut_after(dataset) & (dataset[LOG10_GRAD_STATE] > -np.inf)
    return passing.where(~is_handed_on, dataset[LOG10_GRAD_STATE]).transpose(*passing.dims)


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
    if CUT not in dataset or TIME not in norms.dims:
        return xr.zeros_like(norms, dtype=bool)
    return (dataset[CUT].shift({TIME: -1}) == 1).transpose(*norms.dims)


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
    cut = cut_after(dataset)
    if TIME not in cut.dims:
        return cut
    later_first = cut.isel({TIME: slice(None, None, -1)})
    return (later_first.cumsum(TIME) > 0).isel({TIME: slice(None, None, -1)})


def _can_tell(dataset: xr.Dataset) -> bool:
    return {LOG10_GRAD_H, LOG10_GRAD_STATE} <= set(dataset) and TIME in dataset[LOG10_GRAD_H].dims


def _thrown_away(dataset: xr.Dataset) -> tuple[xr.DataArray, xr.DataArray]:
    """Steps whose output was thrown away, and those that are padding; dims of ``log10_grad_h``."""
    norms = dataset[LOG10_GRAD_H].transpose(..., TIME)
    takes_part = norms > -np.inf
    passes = (norms == -np.inf) & (dataset[LOG10_GRAD_STATE] > -np.inf) & ~cut_after(dataset)
    passes = passes.transpose(*norms.dims) & takes_part.any(TIME)
    padding = _padding(takes_part.values, passes.values, norms.isnull().values)
    return passes, norms.copy(data=padding).astype(bool)


def _padding(takes_part: np.ndarray, passes: np.ndarray, missing: np.ndarray) -> np.ndarray:
    """Steps without a part in the sequence, before its first and after its last one; (..., time)."""
    begun = np.logical_or.accumulate(takes_part, axis=-1)
    goes_on = np.logical_or.accumulate(takes_part[..., ::-1], axis=-1)[..., ::-1]
    after = ~goes_on & (passes & ~goes_on).any(-1, keepdims=True)
    before = ~begun & np.logical_and.accumulate((passes | missing | begun)[..., ::-1], axis=-1)[..., ::-1]
    # the state that comes in at step 1 brings nothing back where step 0 only handed an initial state on
    reaches_start = before[..., :2].any(-1, keepdims=True)
    return (before | (~begun & (np.arange(begun.shape[-1]) == 0))) & reaches_start | after
