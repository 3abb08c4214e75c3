"""The mean of norms that are known by their logarithm."""

from __future__ import annotations

import numpy as np
import xarray as xr


def log10_mean(log10_norms: xr.DataArray, dim: str) -> xr.DataArray:
    """Log10 of the mean of the norms, though the norms themselves may be outside the float range.

    It is the mean of the norms: not the norm of a mean, in which opposite gradients cancel, nor the mean
    of the logarithms, which one vanished sequence drags down.

    Parameters
    ----------
    log10_norms : DataArray
        Decades; has `dim`. -inf is a norm of exactly zero and counts as such; NaN is no value.
    dim : str
        The dim to average over.

    Returns
    -------
    DataArray, dims of `log10_norms` without `dim`
        Decades, float64: -inf where every norm is zero, +inf where any is infinite, NaN where there is none.
    """
    axis = log10_norms.get_axis_num(dim)
    averaged = _log10_mean(np.asarray(log10_norms.values, dtype=np.float64), int(str(axis)))
    return log10_norms.isel({dim: 0}, drop=True).copy(data=averaged)


def _log10_mean(values: np.ndarray, axis: int) -> np.ndarray:
    values = np.ascontiguousarray(np.moveaxis(values, axis, 0))  # a short last axis is slow to reduce
    missing = np.isnan(values)
    count = len(values) - missing.sum(axis=0)
    known = np.where(missing, -np.inf, values) if missing.any() else values
    largest = known.max(axis=0)
    scale = np.where(np.isfinite(largest), largest, 0.0)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        total = np.exp(np.log(10.0) * (known - scale)).sum(axis=0)
        mean = scale + np.log10(total / count)
    return np.where(count > 0, mean, np.nan)
