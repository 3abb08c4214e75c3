"""Shares that are one."""

from __future__ import annotations

import xarray as xr

_ROUNDING = 1e-6  # of a share in float32 that was averaged in two stages


def is_always(share: xr.DataArray) -> xr.DataArray:
    """Where a share over time and sequences is one.

    Parameters
    ----------
    share : DataArray
        In [0, 1], float32 or better.

    Returns
    -------
    DataArray, dims of `share`
        1 or 0; NaN where the share is.
    """
    return (share >= 1 - _ROUNDING).astype(float).where(share.notnull())
