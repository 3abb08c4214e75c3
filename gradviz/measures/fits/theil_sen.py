"""Robust straight-line fits to many curves at once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from gradviz.measures.fits.row_medians import row_medians

_SLOPES_PER_BLOCK = 2**19  # 4 MiB


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
    at_once = max(1, _SLOPES_PER_BLOCK // (x.shape[1] * (x.shape[1] - 1) // 2))
    slopes = np.empty(len(x))
    for begin in range(0, len(x), at_once):
        some = slice(begin, begin + at_once)
        slopes[some] = row_medians(_all_slopes(x[some], y[some]))
    return _lines(x, y, slopes)


def _all_slopes(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Slopes of all pairs of points, shape (curve, pair).

    The points are taken in a circle, in which each pair is fewer than half of all points apart, or exactly
    half. So the pairs of each distance are as many as the points, and all are calculated at once.
    """
    points = x.shape[1]
    rounds = (points - 1) // 2
    x = x[:1] if (x == x[:1]).all() else x
    slopes = np.empty((len(y), points * (points - 1) // 2))
    circle = slopes[:, : rounds * points].reshape(len(y), rounds, points)  # a view
    np.subtract(_following(y, rounds), y[:, None], out=circle)
    circle /= _following(x, rounds) - x[:, None]
    half = points // 2
    if points % 2 == 0:
        opposite = slopes[:, rounds * points :]
        np.subtract(y[:, half:], y[:, :half], out=opposite)
        opposite /= x[:, half:] - x[:, :half]
    return slopes


def _following(values: np.ndarray, rounds: int) -> np.ndarray:
    """The values of the first, second, ... following points in a circle, shape (curve, round, point)."""
    circle = np.concatenate([values, values[:, :rounds]], axis=1)
    return sliding_window_view(circle, values.shape[1], axis=1)[:, 1:]


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
