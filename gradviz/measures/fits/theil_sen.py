"""Robust straight-line fits to many curves at once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

_SLOPES_PER_CHUNK = 2**20  # so that a chunk stays in the cache


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
    first, second = np.triu_indices(x.shape[1], k=1)
    at_once = max(1, _SLOPES_PER_CHUNK // len(first))
    slopes = np.empty(len(x))
    for begin in range(0, len(x), at_once):
        some = slice(begin, begin + at_once)
        rise = y[some, second] - y[some, first]
        slopes[some] = np.median(rise / (x[some, second] - x[some, first]), axis=1)
    return _lines(x, y, slopes)


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
    return _lines(x, y, np.median(rise / run, axis=1))


def _lines(x: np.ndarray, y: np.ndarray, slope: np.ndarray) -> Lines:
    """Lines of given slopes, each with as many points above it as below."""
    rest = y - slope[:, None] * x
    intercept = np.median(rest, axis=1)
    return Lines(slope, intercept, np.abs(rest - intercept[:, None]).sum(axis=1))
