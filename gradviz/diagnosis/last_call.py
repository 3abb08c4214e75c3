"""The call of a module that is diagnosed: the last one."""

from __future__ import annotations

import numpy as np
import xarray as xr

from gradviz.recording.tree import check_variable, select_module
from gradviz.vocabulary import CALL, DIRECTION, FORWARD, LAYER, LOG10_GRAD_H, SAMPLE, STEP, VARIABLES

_LABEL_OF_ONE = {STEP: 0, LAYER: 0, DIRECTION: FORWARD, SAMPLE: 0}


def last_call(recording: xr.Dataset | xr.DataTree, module: str | None = None) -> xr.Dataset:
    """The recording of a module; if it is called several times in a step, of its last call.

    The last call is the nearest to the loss: a gradient that does not reach it does not reach any earlier
    call. If the number of calls differs between steps, the last call of the last step is taken.

    Parameters
    ----------
    recording : Dataset or DataTree
        Steps, layers, directions and sequences may have been selected.
    module : str, optional

    Returns
    -------
    Dataset, without the dim ``call``
        With every other dim of the vocabulary; one that was selected before has length 1.

    Raises
    ------
    BadRecording
        If there is no total gradient.
    """
    dataset = select_module(recording, module=module)
    check_variable(dataset, LOG10_GRAD_H)
    dataset = _with_dims(dataset)
    if CALL not in dataset.dims:
        return dataset
    at_last = dataset.isel({STEP: [last_with_gradient(dataset, STEP)]})
    return dataset.isel({CALL: last_with_gradient(at_last, CALL)})


def last_with_gradient(dataset: xr.Dataset, dim: str) -> int:
    """The last index along a dim with any total gradient; the last index of all if there is no gradient.

    Parameters
    ----------
    dataset : Dataset
    dim : str

    Returns
    -------
    int
    """
    norms = dataset[LOG10_GRAD_H]
    known = norms.notnull().any([other for other in norms.dims if other != dim]).values
    return int(np.flatnonzero(known)[-1]) if known.any() else len(known) - 1


def _with_dims(dataset: xr.Dataset) -> xr.Dataset:
    lacking = [dim for dim in _LABEL_OF_ONE if dim not in dataset.dims]
    if not lacking:
        return dataset
    labels = {dim: [dataset[dim].item() if dim in dataset.coords else _LABEL_OF_ONE[dim]] for dim in lacking}
    variables = {}
    for name, values in dataset.drop_vars(lacking, errors="ignore").data_vars.items():
        dims = VARIABLES[str(name)].dims if name in VARIABLES else ()
        wanted = [dim for dim in dims if dim in lacking]
        variables[name] = values.expand_dims({dim: labels[dim] for dim in wanted})
    return xr.Dataset(variables, attrs=dataset.attrs)
