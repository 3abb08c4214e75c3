"""Two straight lines, one after the other, through many curves at once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from gradviz.measures.fits.theil_sen import Lines, quick_theil_sen, theil_sen

FEWEST_POINTS = 8
_SHORTEST_PIECE = FEWEST_POINTS // 2

_RESIDUAL_LEFT = 0.5
_RATES_APART = 0.2
_LEAST_RESIDUAL = 0.05


class TwoLines(NamedTuple):
    """Per curve a near and a far line.

    Attributes
    ----------
    near, far : Lines
        Through the points before and after the change.
    change : ndarray, shape (curve,)
        The x at which the lines meet, or the nearest to that between the last near and the first far point.
    """

    near: Lines
    far: Lines
    change: np.ndarray

    @property
    def residual(self) -> np.ndarray:
        """Sum of the absolute residuals of both, shape (curve,)."""
        return self.near.residual + self.far.residual


def two_lines(x: np.ndarray, y: np.ndarray) -> TwoLines:
    """Split every curve where two lines leave the least over, and fit each part by Theil and Sen.

    Parameters
    ----------
    x, y : ndarray, shape (curve, point)
        Finite, x ascending, at least 8 points; each part has at least 4.

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


def has_two_regimes(single: Lines, pair: TwoLines, points: int) -> np.ndarray:
    """Whether two lines say materially more of a curve in decades than one does.

    That is where all of this holds: two lines leave at most half of what one leaves over; what one leaves is
    more than .05 decades a point; and the two slopes differ by more than a fifth of the steeper one.

    Parameters
    ----------
    single : Lines
    pair : TwoLines
        Of the same curves.
    points : int
        Of each curve.

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


def _best_splits(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    splits = np.arange(_SHORTEST_PIECE, x.shape[1] - _SHORTEST_PIECE + 1)
    left = [
        quick_theil_sen(x[:, :k], y[:, :k]).residual + quick_theil_sen(x[:, k:], y[:, k:]).residual
        for k in splits.tolist()
    ]
    return splits[np.argmin(left, axis=0)]


def _meeting(near: Lines, far: Lines) -> np.ndarray:
    """Where two lines cross; parallel ones nowhere, which is after everything."""
    apart = near.slope - far.slope
    crossing = np.full(len(apart), np.inf)
    return np.divide(far.intercept - near.intercept, apart, out=crossing, where=apart != 0)
