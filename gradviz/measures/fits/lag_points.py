"""Finite points of many sequences, sorted by lag."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np


class LagPoints(NamedTuple):
    """Sequences that have the same number of points.

    Attributes
    ----------
    rows : ndarray of int, shape (curve,)
        Index of each sequence.
    lag, log10_norm : ndarray, shape (curve, point)
        Lags ascend along a curve.
    """

    rows: np.ndarray
    lag: np.ndarray
    log10_norm: np.ndarray


def lag_points(lags: np.ndarray, log10_norms: np.ndarray, *, most: int) -> Iterator[LagPoints]:
    """Groups of sequences by number of finite norms; sequences with fewer than two are left out.

    Parameters
    ----------
    lags, log10_norms : ndarray, shape (sequence, time)
    most : int
        Largest number of points per sequence. Of longer sequences, this many evenly spaced points are used,
        including both ends.

    Yields
    ------
    LagPoints
    """
    finite = np.isfinite(log10_norms)
    order = np.argsort(np.where(finite, lags, np.inf), axis=1, kind="stable")
    counts = finite.sum(axis=1)
    for count in np.unique(counts[counts >= 2]).tolist():
        rows = np.flatnonzero(counts == count)
        taken = order[rows][:, np.linspace(0, count - 1, min(count, most)).round().astype(int)]
        yield LagPoints(rows, lags[rows[:, None], taken], log10_norms[rows[:, None], taken])
