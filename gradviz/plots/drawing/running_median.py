"""The running median of a noisy curve."""

from __future__ import annotations

import numpy as np

_MOST_MEDIANS = 2_000  # more than the width of a figure in pixels; values in between are interpolated


def running_median(values: np.ndarray, window: int | None = None) -> np.ndarray:
    """Median of the finite values in a window around each position.

    Parameters
    ----------
    values : ndarray, shape (n,)
    window : int, optional
        Odd; by default a fortieth of the curve, at least 1. At the ends only half of the window is left, so
        no median depends on the last value alone.

    Returns
    -------
    ndarray, shape (n,)
        NaN where the value itself is not finite. For a long curve, 2,000 evenly spaced medians are computed
        and the positions in between are interpolated.
    """
    count = len(values)
    half = (max(1, count // 40) if window is None else window) // 2
    finite = np.isfinite(values)
    places = np.flatnonzero(finite)
    if not len(places):
        return np.full(count, np.nan)
    taken = places[np.linspace(0, len(places) - 1, min(len(places), _MOST_MEDIANS)).round().astype(int)]
    medians = np.empty(len(taken))
    for rank, place in enumerate(taken.tolist()):
        near = slice(max(0, place - half), place + half + 1)
        medians[rank] = np.median(values[near][finite[near]])
    return np.where(finite, np.interp(np.arange(count), taken, medians), np.nan)
