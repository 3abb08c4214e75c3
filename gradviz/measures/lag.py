"""Lags counted from the end of each sequence."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

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
    rows = norms.variable.transpose(..., TIME)
    lags = lags_of_rows(~np.isnan(rows.values), time_steps(norms), reverse_along(norms, rows.dims))
    return xr.DataArray(xr.Variable(rows.dims, lags).transpose(*norms.dims), norms.coords)


def time_steps(values: xr.DataArray) -> np.ndarray:
    """The labels of the time steps; counted from 0 if they have none."""
    return values.coords[TIME].values if TIME in values.coords else np.arange(values.sizes[TIME])


def lags_of_rows(known: np.ndarray, time: np.ndarray, reverse: np.ndarray) -> np.ndarray:
    """As `lag_of`, of bare arrays.

    Parameters
    ----------
    known : ndarray of bool, shape (..., time)
        Where a sequence has a value.
    time : ndarray, shape (time,)
    reverse : ndarray of bool
        Whether a sequence is read from its end; broadcasts against `known`.

    Returns
    -------
    ndarray, shape (..., time)
        Floats from 0; NaN where there is no value.
    """
    steps = np.where(known, time.astype(np.float64), np.nan)
    first = np.fmin.reduce(steps, axis=-1, keepdims=True)
    last = np.fmax.reduce(steps, axis=-1, keepdims=True)
    return np.where(reverse, steps - first, last - steps)


def reverse_along(values: xr.DataArray | xr.Dataset, dims: Sequence[Hashable]) -> np.ndarray:
    """Whether values are of a reverse direction, in a shape that broadcasts against arrays of these dims."""
    if DIRECTION not in values.coords:
        return np.zeros((1,) * len(dims), dtype=bool)
    direction = values.coords[DIRECTION].variable
    return np.asarray(direction.set_dims(tuple(dims)).values == REVERSE)


def is_reverse(values: xr.DataArray) -> xr.DataArray:
    """Whether the values are of a reverse direction; has the dim ``direction`` if they have it."""
    return values[DIRECTION] == REVERSE if DIRECTION in values.coords else xr.DataArray(False)
