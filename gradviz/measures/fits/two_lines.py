"""Fits of two consecutive straight lines to many curves at once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from gradviz.measures.fits.best_split import best_splits
from gradviz.measures.fits.theil_sen import Lines, theil_sen

FEWEST_POINTS = 8
NO_SPLIT = 0
_SHORTEST_PIECE = FEWEST_POINTS // 2

_RESIDUAL_LEFT = 0.5
_RATES_APART = 0.2
_LEAST_RESIDUAL = 0.05
_QUICK_LINES_LEAVE = 1.25  # of what the lines of all pairs leave, at most


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


def two_lines(x: np.ndarray, y: np.ndarray, splits: np.ndarray | None = None) -> TwoLines:
    """Split each curve where two lines leave the smallest residual, and fit a Theil-Sen line to each part.

    Parameters
    ----------
    x, y : ndarray, shape (curve, point)
        Finite, x ascending, at least 8 points per curve. Each part gets at least 4 points.
    splits : ndarray of int, shape (curve,), optional
        Number of near points, if it is known.

    Returns
    -------
    TwoLines
    """
    if splits is None:
        splits, _ = best_splits(x, y, shortest=_SHORTEST_PIECE)
    parts = np.empty((7, len(x)))
    for split in np.unique(splits):
        rows = splits == split
        near, far = theil_sen(x[rows, :split], y[rows, :split]), theil_sen(x[rows, split:], y[rows, split:])
        change = _meeting(near, far).clip(x[rows, split - 1], x[rows, split])
        parts[:, rows] = (*near, *far, change)
    return TwoLines(Lines(*parts[:3]), Lines(*parts[3:6]), parts[6])


def splits_worth_fitting(x: np.ndarray, y: np.ndarray, single: Lines) -> np.ndarray:
    """Where to split the curves that may have two regimes.

    Parameters
    ----------
    x, y : ndarray, shape (curve, point)
        As for `two_lines`; with fewer points no curve has two regimes.
    single : Lines
        One line per curve.

    Returns
    -------
    ndarray of int, shape (curve,)
        Number of near points; `NO_SPLIT` where one line leaves too little for two regimes, or where two quick
        lines leave more than 5/4 of what two lines may leave.
    """
    splits = np.full(len(x), NO_SPLIT)
    rows = np.flatnonzero(single.residual > _LEAST_RESIDUAL * x.shape[1])
    if len(rows) and x.shape[1] >= FEWEST_POINTS:
        found, left = best_splits(x[rows], y[rows], shortest=_SHORTEST_PIECE)
        most = _QUICK_LINES_LEAVE * _RESIDUAL_LEFT * single.residual[rows]
        splits[rows] = np.where(left <= most, found, NO_SPLIT)
    return splits


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
        & (single.residual > _LEAST_RESIDUAL * points)
        & (np.abs(pair.near.slope - pair.far.slope) > _RATES_APART * steeper)
    )


def _meeting(near: Lines, far: Lines) -> np.ndarray:
    """The x at which two lines cross; inf for parallel lines."""
    apart = near.slope - far.slope
    crossing = np.full(len(apart), np.inf)
    return np.divide(far.intercept - near.intercept, apart, out=crossing, where=apart != 0)
