"""How far a recording's states are from those of the model."""

from __future__ import annotations

import xarray as xr

from gradviz.errors import BadRecording
from gradviz.measures.with_units import described
from gradviz.recording.tree import select_module
from gradviz.vocabulary import PARITY


def parity(data: xr.Dataset | xr.DataTree, *, module: str | None = None) -> xr.Dataset:
    """Largest difference of a state that was calculated again from the one that the model gave.

    Parameters
    ----------
    data : Dataset or DataTree
        Has the attribute ``parity``.
    module : str, optional
        Needed where a tree holds several modules.

    Returns
    -------
    Dataset, no dims
        ``parity``, over all that was recorded; relative for states beyond 1.

    Raises
    ------
    BadRecording
        If the recording does not say.
    """
    dataset = select_module(data, module=module)
    if PARITY not in dataset.attrs:
        raise BadRecording(
            f"recording of {dataset.attrs.get('module', 'this module')!r} does not say its {PARITY}"
        )
    value = xr.DataArray(float(dataset.attrs[PARITY]))
    return described({PARITY: (value, "largest difference of a replayed state from the native one", "1")})
