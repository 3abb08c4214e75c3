"""The middle of a noisy curve."""

from __future__ import annotations

import numpy as np


def running_median(values: np.ndarray, window: int | None = None) -> np.ndarray:
    """Median of the finite values in a window around each place.

    Parameters
    ----------
    values : ndarray, shape (n,)
    window : int, optional
        Odd; by default a fortieth of the curve, at least 1. At the ends it is cut off symmetrically.

    Returns
    -------
    ndarray, shape (n,)
        NaN where the value itself is not finite.
    """
    count = len(values)
    half = (max(1, count // 40) if window is None else window) // 2
    middle = np.full(count, np.nan)
    for place in np.flatnonzero(np.isfinite(values)).tolist():
        reach = min(half, place, count - 1 - place)
        near = values[place - reach : place + reach + 1]
        middle[place] = np.median(near[np.isfinite(near)])
    return middle
