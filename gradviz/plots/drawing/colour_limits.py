"""Limits of a colour scale in whole decades, robust against outliers."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from matplotlib.colors import Normalize

from gradviz.errors import GradvizError

QUANTILES = (0.02, 0.995)
_FARTHEST = 1e12  # decades; a scale of such numbers still has whole ones
MOST_DECADES = 12  # only about a dozen shades of a colour map can be distinguished


class BadLimits(GradvizError, ValueError):
    """Limits of a colour scale that are not two ascending finite numbers."""


def decade_norm(grids: Iterable[np.ndarray]) -> Normalize:
    """One linear norm over log10 values for all panels that are compared.

    Parameters
    ----------
    grids : iterable of ndarray, of any shape
        Log10 values; values that are not finite do not count.

    Returns
    -------
    Normalize
        From the 2 % quantile to the 99.5 % quantile, rounded outwards to whole decades. It spans at least one
        and at most twelve decades below the top. From -1 to 0 if no value is finite.
    """
    values = np.concatenate([grid[np.isfinite(grid)].ravel() for grid in grids] or [np.empty(0)])
    if not values.size:
        return Normalize(-1, 0)
    low, high = np.quantile(values.clip(-_FARTHEST, _FARTHEST), QUANTILES)
    top = int(np.ceil(np.round(high, 9)))
    bottom = max(int(np.floor(np.round(low, 9))), top - MOST_DECADES)
    return Normalize(min(bottom, top - 1), top)


def given_norm(limits: tuple[float, float]) -> Normalize:
    """A linear norm between two ends that a caller chose.

    Raises
    ------
    BadLimits
        If they are not two ascending finite numbers.
    """
    try:
        low, high = (float(end) for end in limits)
    except (TypeError, ValueError):
        low = high = np.nan
    if not (np.isfinite([low, high]).all() and low < high):
        raise BadLimits(f"limits = {limits!r}: must be two ascending numbers, in decades, such as (-8, -2)")
    return Normalize(low, high)


def extend_of(grids: Iterable[np.ndarray], limits: tuple[float | None, float | None]) -> str:
    """Ends of the colour bar that need an arrow: "neither", "min", "max" or "both"."""
    values = np.concatenate([grid[np.isfinite(grid)].ravel() for grid in grids] or [np.empty(0)])
    below = bool(np.any(values < (-np.inf if limits[0] is None else limits[0])))
    above = bool(np.any(values > (np.inf if limits[1] is None else limits[1])))
    return {(False, False): "neither", (True, False): "min", (False, True): "max", (True, True): "both"}[
        below, above
    ]
