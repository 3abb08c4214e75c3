"""Robust straight-line fits to many curves at once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from gradviz.measures.fits.row_medians import row_medians

_SLOPES_PER_BLOCK = 2**17  # 1 MiB, which stays in the processor's cache


class Lines(NamedTuple):
    """One line per curve: ``y = intercept + slope x``.

    Attributes
    ----------
    slope, intercept : ndarray, shape (curve,)
    residual : ndarray, shape (curve,)
        Sum of the absolute residuals.
    """

    slope: np.ndarray
    intercept: np.ndarray
    residual: np.ndarray


def theil_sen(x: np.ndarray, y: np.ndarray) -> Lines:
    """Theil-Sen lines: the slope is the median of the slopes of all pairs of points.

    Parameters
    ----------
    x, y : ndarray, shape (curve, point)
        Finite, at least two points per curve; the x of a curve are distinct.

    Returns
    -------
    Lines

    References
    ----------
    Sen (1968), "Estimates of the regression coefficient based on Kendall's tau", JASA 63.
    """
    x = x[:1] if (x == x[:1]).all() else x
    pairs = x.shape[1] * (x.shape[1] - 1) // 2
    at_once = max(1, min(len(y), _SLOPES_PER_BLOCK // pairs))
    room, medians = np.empty((at_once, pairs)), np.empty(len(y))
    run = _differences(x, out=np.empty((len(x), pairs))) if len(x) == 1 else None
    for begin in range(0, len(y), at_once):
        some = slice(begin, begin + at_once)
        slopes = _differences(y[some], out=room[: len(y[some])])
        slopes /= _differences(x[some], out=np.empty_like(slopes)) if run is None else run
        medians[some] = row_medians(slopes)
    return _lines(x, y, medians)


def _differences(values: np.ndarray, *, out: np.ndarray) -> np.ndarray:
    """The later value minus the earlier one for all pairs of points or, for some pairs, the other way round.

    The points are taken in a circle, in which each pair is fewer than half of all points apart, or exactly
    half. So the pairs of each distance are as many as the points, and all are calculated at once.

    Parameters
    ----------
    values : ndarray, shape (curve, point)
    out : ndarray, shape (curve, pair)
        The order of the pairs depends on the number of points alone.
    """
    points = values.shape[1]
    rounds, half = (points - 1) // 2, points // 2
    circle = out[:, : rounds * points].reshape(len(values), rounds, points)  # a view
    twice = np.concatenate([values, values[:, :rounds]], axis=1)
    following = sliding_window_view(twice, points, axis=1)[:, 1:]
    np.subtract(following, values[:, None], out=circle)
    if points % 2 == 0:
        np.subtract(values[:, half:], values[:, :half], out=out[:, rounds * points :])
    return out


def quick_theil_sen(x: np.ndarray, y: np.ndarray) -> Lines:
    """Theil-Sen lines from the pairs half a curve apart only; the cost is linear in the number of points.

    Parameters
    ----------
    x, y : ndarray, shape (curve, point)

    Returns
    -------
    Lines

    References
    ----------
    Theil (1950), "A rank-invariant method of linear and polynomial regression analysis", part I, section 1.2.
    """
    half = x.shape[1] // 2
    rise, run = y[:, -half:] - y[:, :half], x[:, -half:] - x[:, :half]
    return _lines(x, y, row_medians(rise / run))


def _lines(x: np.ndarray, y: np.ndarray, slope: np.ndarray) -> Lines:
    """Lines of given slopes, each with as many points above it as below."""
    rest = y - slope[:, None] * x
    intercept = row_medians(rest)  # the order of the points within a row does not matter from here on
    rest -= intercept[:, None]
    return Lines(slope, intercept, np.abs(rest, out=rest).sum(axis=1))
