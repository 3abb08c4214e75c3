"""How far each value of a sequence lies from the sequence's end."""

from __future__ import annotations

import numpy as np
import xarray as xr

from gradviz.vocabulary import DIRECTION, REVERSE, TIME


def lag_of(norms: xr.DataArray) -> xr.DataArray:
    """Time steps between each value and the step that its sequence processes last.

    Forward that is the sequence's own last step, whatever padding follows; in a reverse direction, which
    begins at the end, its first.

    Parameters
    ----------
    norms : DataArray
        Has the dim ``time``; NaN is padding, or missing.

    Returns
    -------
    DataArray, dims of `norms`
        Float, from 0; NaN where `norms` is.
    """
    time = norms[TIME] if TIME in norms.coords else xr.DataArray(np.arange(norms.sizes[TIME]), dims=TIME)
    known = time.astype(np.float64).where(norms.notnull())
    lags = xr.where(is_reverse(norms), known - known.min(TIME), known.max(TIME) - known)
    return lags.transpose(*norms.dims)


def is_reverse(values: xr.DataArray) -> xr.DataArray:
    """Whether a direction reads a sequence from its end: one flag, or one per direction of the values."""
    return values[DIRECTION] == REVERSE if DIRECTION in values.coords else xr.DataArray(False)
