"""Fits of two consecutive straight lines to many curves at once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from gradviz.measures.fits.theil_sen import Lines, quick_theil_sen, theil_sen

FEWEST_POINTS = 8
_SHORTEST_PIECE = FEWEST_POINTS // 2

_RESIDUAL_LEFT = 0.5
_RATES_APART = 0.2
_LEAST_RESIDUAL = 0.05

_POINTS_PER_BLOCK = 2**15  # so that a block stays in the cache


class TwoLines(NamedTuple):
    """A near and a far line for each curve.

    Attributes
    ----------
    near, far : Lines
        Fits to the points before and after the change.
    change : ndarray, shape (curve,)
        The x at which the lines meet, clipped to lie between the last near and the first far point.
    """

    near: Lines
    far: Lines
    change: np.ndarray

    @property
    def residual(self) -> np.ndarray:
        """Sum of the absolute residuals of both lines, shape (curve,)."""
        return self.near.residual + self.far.residual


def two_lines(x: np.ndarray, y: np.ndarray) -> TwoLines:
    """Split each curve where two lines leave the smallest residual, and fit a Theil-Sen line to each part.

    Parameters
    ----------
    x, y : ndarray, shape (curve, point)
        Finite, x ascending, at least 8 points per curve. Each part gets at least 4 points.

    Returns
    -------
    TwoLines
    """
    splits = _best_splits(x, y)
    parts = np.empty((7, len(x)))
    for split in np.unique(splits):
        rows = splits == split
        near, far = theil_sen(x[rows, :split], y[rows, :split]), theil_sen(x[rows, split:], y[rows, split:])
        change = _meeting(near, far).clip(x[rows, split - 1], x[rows, split])
        parts[:, rows] = (*near, *far, change)
    return TwoLines(Lines(*parts[:3]), Lines(*parts[3:6]), parts[6])


def may_have_two_regimes(single: Lines, points: int) -> np.ndarray:
    """Whether one line leaves so much of a curve that `has_two_regimes` has to be asked.

    Parameters
    ----------
    single : Lines
        One line per curve.
    points : int
        Number of points of each curve.

    Returns
    -------
    ndarray of bool, shape (curve,)
    """
    return single.residual > _LEAST_RESIDUAL * points


def has_two_regimes(single: Lines, pair: TwoLines, points: int) -> np.ndarray:
    """Whether two lines describe a curve of log10 norms materially better than one line.

    Three conditions must hold: two lines leave at most half of the absolute residual of one line; one line
    leaves more than 0.05 decades per point; and the two slopes differ by more than a fifth of the steeper
    one.

    Parameters
    ----------
    single : Lines
        One line per curve.
    pair : TwoLines
        Two lines for each of the same curves.
    points : int
        Number of points of each curve.

    Returns
    -------
    ndarray of bool, shape (curve,)
    """
    steeper = np.maximum(np.abs(pair.near.slope), np.abs(pair.far.slope))
    return (
        (pair.residual <= _RESIDUAL_LEFT * single.residual)
        & may_have_two_regimes(single, points)
        & (np.abs(pair.near.slope - pair.far.slope) > _RATES_APART * steeper)
    )


def _best_splits(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The number of near points of each curve, shape (curve,)."""
    at_once = max(1, _POINTS_PER_BLOCK // x.shape[1])
    begins = range(0, len(x), at_once)
    return np.concatenate([_splits(x[b : b + at_once], y[b : b + at_once]) for b in begins])


def _splits(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    splits = np.arange(_SHORTEST_PIECE, x.shape[1] - _SHORTEST_PIECE + 1)
    left = [
        quick_theil_sen(x[:, :k], y[:, :k]).residual + quick_theil_sen(x[:, k:], y[:, k:]).residual
        for k in splits.tolist()
    ]
    return splits[np.argmin(left, axis=0)]


def _meeting(near: Lines, far: Lines) -> np.ndarray:
    """The x at which two lines cross; inf for parallel lines."""
    apart = near.slope - far.slope
    crossing = np.full(len(apart), np.inf)
    return np.divide(far.intercept - near.intercept, apart, out=crossing, where=apart != 0)
