"""How far a recording's states are from those of the model."""

from __future__ import annotations

import xarray as xr

from gradviz.errors import BadRecording
from gradviz.measures.with_units import with_units
from gradviz.recording.tree import select_module
from gradviz.vocabulary import MODULE, REPLAY_ERROR


def replay_error(data: xr.Dataset | xr.DataTree, *, module: str | None = None) -> xr.Dataset:
    """Largest difference of a state that was calculated again from the one that the model gave.

    Parameters
    ----------
    data : Dataset or DataTree
        Has the attribute ``replay_error``.
    module : str, optional
        Needed where a tree holds several modules.

    Returns
    -------
    Dataset, no dims
        ``replay_error``, over all that was recorded; relative for states beyond 1.

    Raises
    ------
    BadRecording
        If the recording does not say.
    """
    dataset = select_module(data, module=module)
    if REPLAY_ERROR not in dataset.attrs:
        raise BadRecording(
            f"recording of {dataset.attrs.get(MODULE, 'this module')!r} does not say its {REPLAY_ERROR}"
        )
    value = xr.DataArray(float(dataset.attrs[REPLAY_ERROR]))
    return with_units(
        {REPLAY_ERROR: (value, "largest difference of a replayed state from the native one", "1")}
    )
