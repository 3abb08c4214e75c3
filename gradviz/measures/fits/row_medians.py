"""Medians of the rows of a matrix."""

from __future__ import annotations

import numpy as np


def row_medians(values: np.ndarray) -> np.ndarray:
    """Median of each row; several times as fast as `numpy.median`, which looks for NaN and copies.

    Parameters
    ----------
    values : ndarray, shape (row, n)
        Without NaN, n of at least 1. The rows are partly sorted in place.

    Returns
    -------
    ndarray, shape (row,)
    """
    middle = values.shape[1] // 2
    values.partition(middle, axis=1)
    if values.shape[1] % 2:
        return values[:, middle].copy()
    return (values[:, :middle].max(axis=1) + values[:, middle]) / 2
