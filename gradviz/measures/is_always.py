"""Fractions that are one."""

from __future__ import annotations

import xarray as xr

_ROUNDING = 1e-6  # of a fraction in float32 that was averaged in two stages


def is_always(fraction: xr.DataArray) -> xr.DataArray:
    """Where a fraction over time and sequences is one.

    Parameters
    ----------
    fraction : DataArray
        In [0, 1], float32 or better.

    Returns
    -------
    DataArray, dims of `fraction`
        1 or 0; NaN where the fraction is.
    """
    return (fraction >= 1 - _ROUNDING).astype(float).where(fraction.notnull())
