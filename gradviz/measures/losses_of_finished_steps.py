"""The losses of the training steps that ended: one that an exception broke off has no loss to be judged."""

from __future__ import annotations

import numpy as np
import xarray as xr

from gradviz.vocabulary import ITERATION, LOSS, STEP, STEP_UNFINISHED


def losses_of_finished_steps(data: xr.Dataset | xr.DataTree) -> xr.DataArray:
    """The recorded losses, without those of a step that had not ended.

    Parameters
    ----------
    data : Dataset or DataTree
        Has ``loss``, and ``step_unfinished`` if there is such a step.

    Returns
    -------
    DataArray, dims (iteration,) or (step,)
        NaN where none was given. In a tree without training curves, those of a module.
    """
    data = where_losses_are(data)
    losses = xr.DataArray(data[LOSS])
    if STEP_UNFINISHED not in data.data_vars:
        return losses
    along = ITERATION if ITERATION in losses.dims else STEP
    broken_off = xr.DataArray(data[STEP_UNFINISHED]) == 1
    if not losses.dims:
        return losses
    return losses.isel({along: np.flatnonzero(~(broken_off & losses.isnull()).values)})


def where_losses_are(data: xr.Dataset | xr.DataTree) -> xr.Dataset | xr.DataTree:
    """The recording itself, or its first module that has the loss if the training curves have not."""
    modules = data.children.values() if isinstance(data, xr.DataTree) and LOSS not in data.variables else ()
    return next((module for module in modules if LOSS in module.variables), data)
