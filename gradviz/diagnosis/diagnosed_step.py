"""The part of a recording that is diagnosed: all calls of a module in one training step."""

from __future__ import annotations

import numpy as np
import xarray as xr

from gradviz.recording.forward_only import is_forward_only
from gradviz.recording.known_gradient import known_gradient
from gradviz.recording.missing_dims import with_missing_dims
from gradviz.recording.tree import check_variable, select_call, select_module
from gradviz.vocabulary import DIRECTION, FORWARD, LAYER, SAMPLE, STATE_H, STEP

_LABEL_OF_ONE = {STEP: 0, LAYER: 0, DIRECTION: FORWARD, SAMPLE: 0}


def diagnosed_step(
    recording: xr.Dataset | xr.DataTree, module: str | None = None, *, step: int | None = None
) -> xr.Dataset:
    """The recording of a module at one training step; the sequences of all its calls count together.

    Parameters
    ----------
    recording : Dataset or DataTree
        Steps, calls, layers, directions and sequences may have been selected.
    module : str, optional
    step : int, optional
        A recorded training step; by default the last one with any total gradient, or the last of all if there
        is no gradient.

    Returns
    -------
    Dataset, without the dim ``call``
        With every other dim of the vocabulary: ``step`` and those that were selected before have length 1.

    Raises
    ------
    BadRecording
        If there is no total gradient, nor the direct one of states that were computed all at once, and in a
        recording of forward passes no state.
    """
    dataset = select_module(recording, module=module)
    known = _known(dataset)
    dataset = with_every_dim(dataset)
    place = _last_with(dataset[known.name]) if step is None else dataset[STEP].values.tolist().index(step)
    return select_call(dataset.isel({STEP: [place]}))


def recorded_steps(dataset: xr.Dataset) -> list[int]:
    """The recorded training steps of a module; those with any gradient, if there is one with any.

    Parameters
    ----------
    dataset : Dataset
        The recording of a module, from which a step may have been selected.

    Returns
    -------
    list of int
    """
    norms = with_every_dim(dataset)[_known(dataset).name]
    has_any = norms.notnull().any([dim for dim in norms.dims if dim != STEP]).values
    chosen = has_any if has_any.any() else np.ones_like(has_any)
    return [int(step) for step in norms[STEP].values[chosen]]


def _known(dataset: xr.Dataset) -> xr.DataArray:
    return check_variable(dataset, STATE_H) if is_forward_only(dataset) else known_gradient(dataset)


def _last_with(norms: xr.DataArray) -> int:
    known = norms.notnull().any([dim for dim in norms.dims if dim != STEP]).values
    return int(np.flatnonzero(known)[-1]) if known.any() else len(known) - 1


def with_every_dim(dataset: xr.Dataset) -> xr.Dataset:
    """`with_missing_dims`, with labels of step, layer, direction and sample where these were averaged away.

    Parameters
    ----------
    dataset : Dataset
        The recording of a module.

    Returns
    -------
    Dataset
    """
    whole = with_missing_dims(dataset)
    unlabelled = [dim for dim in _LABEL_OF_ONE if dim in whole.dims and dim not in whole.coords]
    return whole.assign_coords({dim: [_LABEL_OF_ONE[dim]] for dim in unlabelled}) if unlabelled else whole
