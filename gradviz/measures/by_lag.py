"""Norms by how many steps the gradient has come: every sequence counts from where its own gradient begins."""

from __future__ import annotations

import numpy as np
import xarray as xr

from gradviz.vocabulary import DIRECTION, LAG, REVERSE, SAMPLE, TIME


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
    values = np.array(ordered.values, dtype=np.float64)
    if DIRECTION in ordered.coords:
        reverse = ordered[DIRECTION].values == REVERSE
        if ordered[DIRECTION].ndim:
            axis = ordered.dims.index(DIRECTION)
            of_direction = np.moveaxis(values, axis, 0)  # a view
            of_direction[reverse] = of_direction[reverse][..., ::-1]
        elif reverse:
            values = values[..., ::-1]
    aligned = _aligned(values)
    template = ordered.isel({TIME: 0}, drop=True)
    lag = xr.DataArray(
        np.arange(values.shape[-1]), dims=LAG, attrs={"long_name": "lag", "units": "time steps"}
    )
    return xr.DataArray(
        aligned, dims=(*template.dims, LAG), coords={**template.coords, LAG: lag}, attrs=log10_norms.attrs
    )


def _aligned(values: np.ndarray) -> np.ndarray:
    """Along the last axis, from the last value that is more than zero backwards."""
    length = values.shape[-1]
    arrives = values > -np.inf  # not for NaN
    start = length - 1 - np.argmax(arrives[..., ::-1], axis=-1)
    place = start[..., None] - np.arange(length)
    found = np.take_along_axis(values, place.clip(min=0), axis=-1)
    return np.where((place >= 0) & arrives.any(-1, keepdims=True), found, np.nan)
