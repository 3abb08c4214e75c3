"""The finite points of many sequences, in the order of their lag."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np


class LagPoints(NamedTuple):
    """Sequences with equally many points.

    Attributes
    ----------
    rows : ndarray of int, shape (curve,)
        Which sequences these are.
    lag, log10_norm : ndarray, shape (curve, point)
        Lags ascend.
    """

    rows: np.ndarray
    lag: np.ndarray
    log10_norm: np.ndarray


def lag_points(lags: np.ndarray, log10_norms: np.ndarray, *, most: int) -> Iterator[LagPoints]:
    """Sequences by how many finite norms they have, those with fewer than two left out.

    Parameters
    ----------
    lags, log10_norms : ndarray, shape (sequence, time)
    most : int
        Of a sequence with more finite norms so many are taken, evenly spaced, its ends included.

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
