"""Lags counted from the end of each sequence."""

from __future__ import annotations

import numpy as np
import xarray as xr

from gradviz.vocabulary import DIRECTION, REVERSE, TIME


def lag_of(norms: xr.DataArray) -> xr.DataArray:
    """Time steps between each value and the time step that is processed last.

    In the forward direction that is the last time step of the sequence, without padding. In a reverse
    direction, which begins at the end of the sequence, it is the first.

    Parameters
    ----------
    norms : DataArray
        Has the dim ``time``; NaN is padding, or a missing value.

    Returns
    -------
    DataArray, dims of `norms`
        Floats from 0; NaN where `norms` is NaN.
    """
    time = norms[TIME] if TIME in norms.coords else xr.DataArray(np.arange(norms.sizes[TIME]), dims=TIME)
    known = time.astype(np.float64).where(norms.notnull())
    lags = xr.where(is_reverse(norms), known - known.min(TIME), known.max(TIME) - known)
    return lags.transpose(*norms.dims)


def is_reverse(values: xr.DataArray) -> xr.DataArray:
    """Whether the values are of a reverse direction; has the dim ``direction`` if they have it."""
    return values[DIRECTION] == REVERSE if DIRECTION in values.coords else xr.DataArray(False)
