"""Mean of norms that are given as logarithms."""

from __future__ import annotations

import numpy as np
import xarray as xr

_BLOCK = 2**15  # values at a time


def log10_mean(log10_norms: xr.DataArray, dim: str) -> xr.DataArray:
    """Log10 of the mean norm, computed without leaving the float range (log-mean-exp to base 10).

    This is the mean of the norms. It is not the norm of the mean, in which opposite gradients cancel, and
    not the mean of the logarithms, which a single vanished sequence pulls down.

    Parameters
    ----------
    log10_norms : DataArray
        In decades; has the dim `dim`. -inf is a norm of exactly zero and counts; NaN is a missing value.
    dim : str
        The dim to average over.

    Returns
    -------
    DataArray, dims of `log10_norms` without `dim`
        In decades, float64: -inf where every norm is zero, inf where any norm is infinite, NaN where all
        are missing.
    """
    axis = log10_norms.get_axis_num(dim)
    averaged = log10_mean_of(log10_norms.values, int(str(axis)))
    return log10_norms.isel({dim: 0}, drop=True).copy(data=averaged)


def log10_mean_of(values: np.ndarray, axis: int) -> np.ndarray:
    """As `log10_mean`, of a bare array over one axis.

    It averages block by block: several times as fast, because a block stays in the cache.
    """
    rows = np.moveaxis(values, axis, -1)
    flat = rows.reshape(-1, rows.shape[-1])
    mean = np.empty(len(flat))
    size = max(1, _BLOCK // max(1, flat.shape[1]))
    for start in range(0, len(flat), size):
        block = slice(start, start + size)
        mean[block] = _mean_of_first(flat[block].T.astype(np.float64, order="C"))
    return mean.reshape(rows.shape[:-1])


def _mean_of_first(values: np.ndarray) -> np.ndarray:
    """Average over the first axis, along which even a short reduction is fast."""
    missing = np.isnan(values)
    count = len(values) - missing.sum(axis=0)
    known = np.where(missing, -np.inf, values) if missing.any() else values
    largest = known.max(axis=0)
    scale = np.where(np.isfinite(largest), largest, 0.0)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        total = np.exp(np.log(10.0) * (known - scale)).sum(axis=0)
        mean = scale + np.log10(total / count)
    return np.where(count > 0, mean, np.nan)
