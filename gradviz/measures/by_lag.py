"""Norms by how many steps the gradient has come: every sequence counts from where its own gradient begins."""

from __future__ import annotations

import numpy as np
import xarray as xr

from gradviz.measures.lag import is_reverse
from gradviz.vocabulary import LAG, SAMPLE, TIME


def by_lag(log10_norms: xr.DataArray) -> xr.DataArray:
    """Norms against lag: 0 where a sequence's gradient begins, 1 one step before, and so on.

    A gradient begins at the last time step of a sequence to which any comes; in a reverse direction, which
    reads a sequence from its end, at the first.

    Parameters
    ----------
    log10_norms : DataArray
        Decades; has the dims time and sample. -inf is exactly zero, NaN is no time step.

    Returns
    -------
    DataArray, with ``lag`` in place of ``time``, as its last dim
        NaN beyond a sequence's other end, and all along where a sequence gets no gradient at all.
    """
    ordered = log10_norms.transpose(..., SAMPLE, TIME)
    template = ordered.isel({TIME: 0}, drop=True)
    reverse = xr.zeros_like(template, dtype=bool) | is_reverse(ordered)
    aligned = _aligned(np.asarray(ordered.values, dtype=np.float64), reverse.transpose(*template.dims).values)
    lag = xr.DataArray(
        np.arange(ordered.sizes[TIME]), dims=LAG, attrs={"long_name": "lag", "units": "time steps"}
    )
    return xr.DataArray(
        aligned, dims=(*template.dims, LAG), coords={**template.coords, LAG: lag}, attrs=log10_norms.attrs
    )


def _aligned(values: np.ndarray, reverse: np.ndarray) -> np.ndarray:
    """Along the last axis, from where the gradient begins to the other end of the sequence."""
    length = values.shape[-1]
    arrives = values > -np.inf  # not for NaN
    first = arrives.argmax(axis=-1)[..., None]
    last = length - 1 - arrives[..., ::-1].argmax(axis=-1)[..., None]
    lag = np.arange(length)
    place = np.where(reverse[..., None], first + lag, last - lag)
    there = (place >= 0) & (place < length) & arrives.any(axis=-1, keepdims=True)
    return np.where(there, np.take_along_axis(values, place.clip(0, length - 1), axis=-1), np.nan)
