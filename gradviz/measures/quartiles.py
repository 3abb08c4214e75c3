"""Quartiles of values, some of which may be missing."""

from __future__ import annotations

import numpy as np


def quartiles(values: np.ndarray) -> np.ndarray:
    """Lower quartile, median and upper quartile over the last axis.

    Parameters
    ----------
    values : ndarray, shape (..., n)
        NaN is a missing value.

    Returns
    -------
    ndarray, shape (3, ...)
        NaN where all values are missing.
    """
    empty = np.isnan(values).all(axis=-1, keepdims=True)
    found = np.nanquantile(np.where(empty, 0.0, values), (0.25, 0.5, 0.75), axis=-1)
    return np.where(empty[..., 0], np.nan, found)
