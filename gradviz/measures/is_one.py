"""Fractions that are one, to rounding."""

from __future__ import annotations

from typing import TypeVar

import xarray as xr

Values = TypeVar("Values", xr.DataArray, xr.Variable)

_ROUNDING = 1e-6  # of a float32 mean of means


def is_one(fraction: Values) -> Values:
    """Where a fraction is one, to the rounding of float32.

    Parameters
    ----------
    fraction : DataArray or Variable
        In [0, 1], float32 or float64.

    Returns
    -------
    DataArray or Variable, dims of `fraction`
        1 or 0; NaN where the fraction is NaN.
    """
    return (fraction >= 1 - _ROUNDING).astype(float).where(fraction.notnull())
