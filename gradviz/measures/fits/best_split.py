"""The split of a curve at which two lines leave the smallest residual."""

from __future__ import annotations

import numpy as np

from gradviz.measures.fits.theil_sen import quick_theil_sen

_TRIED_FIRST = 17


def best_splits(x: np.ndarray, y: np.ndarray, *, shortest: int) -> tuple[np.ndarray, np.ndarray]:
    """The split of each curve at which two quick lines leave the smallest residual that a search finds.

    First 17 evenly spaced splits are tried, then those half-way between the best and its neighbours, until
    the best one is better than the splits on both sides of it. So it is the best of all where the residual
    falls up to it and rises from there on, and a good one otherwise.

    Parameters
    ----------
    x, y : ndarray, shape (curve, point)
        Finite, x ascending; at least 2 * `shortest` points per curve.
    shortest : int
        Fewest points of a part, at least 2.

    Returns
    -------
    splits : ndarray of int, shape (curve,)
        Number of near points; the earliest of equal splits that were tried.
    residual : ndarray, shape (curve,)
        What two quick lines leave there.
    """
    x = x[:1] if (x == x[:1]).all() else x
    first, last = shortest, y.shape[1] - shortest
    tried = np.linspace(first, last, min(_TRIED_FIRST, last - first + 1)).round().astype(int)
    left = np.stack([_residual(x, y, split) for split in tried.tolist()])
    best = left.argmin(axis=0)
    split, least = tried[best], left[best, np.arange(len(y))]
    before, after = tried[np.maximum(best - 1, 0)], tried[np.minimum(best + 1, len(tried) - 1)]
    while ((split - before > 1) | (after - split > 1)).any():
        sooner, later = (before + split) // 2, (split + after + 1) // 2
        left_sooner = _residual_where(sooner > before, x, y, sooner)
        left_later = _residual_where(later < after, x, y, later)
        go_back = (left_sooner <= least) & (left_sooner <= left_later)
        go_on = ~go_back & (left_later < least)
        before, after = (
            np.where(go_back, before, np.where(go_on, split, sooner)),
            np.where(go_back, split, np.where(go_on, after, later)),
        )
        split = np.where(go_back, sooner, np.where(go_on, later, split))
        least = np.where(go_back, left_sooner, np.where(go_on, left_later, least))
    return split, least


def _residual_where(some: np.ndarray, x: np.ndarray, y: np.ndarray, splits: np.ndarray) -> np.ndarray:
    """What two quick lines leave, each curve split at its own place; inf for the other curves."""
    left = np.full(len(y), np.inf)
    for split in np.unique(splits[some]).tolist():
        rows = np.flatnonzero(some & (splits == split))
        left[rows] = _residual(x if len(x) == 1 else x[rows], y[rows], split)
    return left


def _residual(x: np.ndarray, y: np.ndarray, split: int) -> np.ndarray:
    """What two quick lines leave of each curve, shape (curve,)."""
    near = quick_theil_sen(x[:, :split], y[:, :split]).residual
    return near + quick_theil_sen(x[:, split:], y[:, split:]).residual
