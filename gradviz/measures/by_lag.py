"""Norms against lag, counted in each sequence from the step where its own gradient begins."""

from __future__ import annotations

import numpy as np
import xarray as xr

from gradviz.measures.lag import reverse_along
from gradviz.vocabulary import LAG, SAMPLE, TIME


def by_lag(log10_norms: xr.DataArray) -> xr.DataArray:
    """Norms against lag: lag 0 is where a sequence's gradient begins, lag 1 one step before, and so on.

    The gradient of a sequence begins at the last time step that has any gradient. In a reverse direction,
    which reads a sequence from its end, it begins at the first such step.

    Parameters
    ----------
    log10_norms : DataArray
        In decades; has the dims time and sample. -inf is a norm of exactly zero, NaN a missing time step.

    Returns
    -------
    DataArray
        ``lag`` replaces ``time`` and is the last dim. NaN beyond the other end of a sequence, and at every
        lag of a sequence without any gradient.
    """
    ordered = log10_norms.transpose(..., SAMPLE, TIME)
    template = ordered.isel({TIME: 0}, drop=True)
    aligned = values_by_lag(ordered.values, reverse_along(ordered, ordered.dims))
    lag = xr.DataArray(
        np.arange(ordered.sizes[TIME]), dims=LAG, attrs={"long_name": "lag", "units": "time steps"}
    )
    return xr.DataArray(
        aligned, dims=(*template.dims, LAG), coords={**template.coords, LAG: lag}, attrs=log10_norms.attrs
    )


def values_by_lag(values: np.ndarray, reverse: np.ndarray) -> np.ndarray:
    """As `by_lag`, of bare arrays.

    Parameters
    ----------
    values : ndarray, shape (..., time)
    reverse : ndarray of bool, shape (..., 1)
        Whether a sequence is read from its end; broadcasts against `values`.

    Returns
    -------
    ndarray of float64, shape (..., lag)
    """
    values = np.asarray(values, dtype=np.float64)
    length = values.shape[-1]
    arrives = values > -np.inf  # not for NaN
    first = arrives.argmax(axis=-1)[..., None]
    last = length - 1 - arrives[..., ::-1].argmax(axis=-1)[..., None]
    lag = np.arange(length)
    place = np.where(reverse, first + lag, last - lag)
    exists = (place >= 0) & (place < length) & arrives.any(axis=-1, keepdims=True)
    return np.where(exists, np.take_along_axis(values, place.clip(0, length - 1), axis=-1), np.nan)
