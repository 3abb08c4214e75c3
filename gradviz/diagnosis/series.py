"""The one call of a module whose recording is read."""

from __future__ import annotations

import numpy as np
import xarray as xr

from gradviz.recording.tree import check_variable, select_module
from gradviz.vocabulary import CALL, DIRECTION, FORWARD, LAYER, LOG10_GRAD_H, SAMPLE, STEP, VARIABLES

_LABEL_OF_ONE = {STEP: 0, LAYER: 0, DIRECTION: FORWARD, SAMPLE: 0}


def only_call(recording: xr.Dataset | xr.DataTree, module: str | None = None) -> xr.Dataset:
    """A module's recording; where the module is called several times in a step, its last call.

    The last call is the nearest to the loss: what does not arrive there arrives at none before it. Of
    steps with different numbers of calls it is that of the last step.

    Parameters
    ----------
    recording : Dataset or DataTree
        Steps, layers, directions and sequences may have been selected.
    module : str, optional

    Returns
    -------
    Dataset, without the dim ``call``
        With every other dim of the vocabulary, of length 1 where one was selected.

    Raises
    ------
    BadRecording
        If it has no total gradient.
    """
    dataset = select_module(recording, module=module)
    check_variable(dataset, LOG10_GRAD_H)
    dataset = _with_dims(dataset)
    if CALL not in dataset.dims:
        return dataset
    at_last = dataset.isel({STEP: [last_known(dataset, STEP)]})
    return dataset.isel({CALL: last_known(at_last, CALL)})


def last_known(dataset: xr.Dataset, dim: str) -> int:
    """The last place along a dim at which there is any total gradient; the last of all if there is none.

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
