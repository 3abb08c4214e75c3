"""The one call of a module whose recording is read."""

from __future__ import annotations

import xarray as xr

from gradviz.recording.tree import select_module
from gradviz.vocabulary import CALL


def only_call(recording: xr.Dataset | xr.DataTree, module: str | None = None) -> xr.Dataset:
    """A module's recording; where the module is called several times in a step, its last call.

    The last call is the nearest to the loss: what does not arrive there arrives at none before it.

    Parameters
    ----------
    recording : Dataset or DataTree
    module : str, optional

    Returns
    -------
    Dataset, without the dim ``call``
    """
    dataset = select_module(recording, module=module)
    return dataset.isel({CALL: -1}) if CALL in dataset.dims else dataset
