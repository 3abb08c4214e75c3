"""The split of a curve at which two lines leave the smallest residual."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

import numpy as np

from gradviz.measures.fits.theil_sen import quick_theil_sen

NO_SPLIT = 0

_FEW_SPLITS = 9  # gaps that are not halved further
_ROUNDING = 1e-10  # relative to the values; far more than the sums of a curve lose


class _Gap(NamedTuple):
    """Possible splits between two that were tried, for the curves whose best split may be one of them.

    Attributes
    ----------
    before, after : int
        The splits that were tried.
    rows : ndarray of int, shape (curve,)
    near, far : ndarray, shape (curve,)
        What any line leaves at least of the near points at `before`, and of the far points at `after`.
    """

    before: int
    after: int
    rows: np.ndarray
    near: np.ndarray
    far: np.ndarray


def best_splits(x: np.ndarray, y: np.ndarray, *, shortest: int, most: np.ndarray | None = None) -> np.ndarray:
    """The split of each curve with the smallest residual of two quick lines; the earliest of equal ones.

    Not every split is tried. The absolute residual of the best line never falls as points are added, so the
    near points of one split and the far points of a later one bound the residual at all splits between the
    two. Where that is more than another split leaves, these need no trial, and the result is the same.

    Parameters
    ----------
    x, y : ndarray, shape (curve, point)
        Finite, x ascending; at least 2 * `shortest` points per curve.
    shortest : int
        Fewest points of a part, at least 2.
    most : ndarray, shape (curve,), optional
        Residual above which a split is of no use.

    Returns
    -------
    ndarray of int, shape (curve,)
        Number of near points; `NO_SPLIT` where any two lines, at any split, leave more than `most`.
    """
    search = _Search(x, y, shortest)
    limit = np.full(len(y), np.inf) if most is None else most
    everyone = np.arange(len(y))
    tried = search.run(everyone, limit)
    too_much = search.least > limit  # what quick lines leave; the best lines might leave less
    search.run(np.flatnonzero(tried & too_much), np.full(len(y), np.inf))
    search.split[~tried & too_much] = NO_SPLIT
    return search.split


class _Search:
    """The best split of each curve so far, and what two quick lines leave there."""

    def __init__(self, x: np.ndarray, y: np.ndarray, shortest: int) -> None:
        self._x, self._y = x[:1] if (x == x[:1]).all() else x, y
        self._first, self._last = shortest, y.shape[1] - shortest
        self._rounding = _ROUNDING * np.abs(y).sum(axis=1)
        self.split = np.full(len(y), shortest)
        self.least = np.full(len(y), np.inf)

    def run(self, rows: np.ndarray, most: np.ndarray) -> np.ndarray:
        """Search the splits that may leave at most `most`, ever smaller gaps between those that were tried.

        Returns
        -------
        ndarray of bool, shape (curve,)
            Of all curves, those with such splits as far as the bounds tell.
        """
        found = np.zeros(len(self.split), dtype=bool)
        if not len(rows):
            return found
        near, _ = self._try(self._first, rows)
        _, far = self._try(self._last, rows)
        gaps = deque([_Gap(self._first, self._last, rows, near, far)])
        while gaps:
            gap = self._promising(gaps.popleft(), most)
            if not len(gap.rows):
                continue
            if gap.after - gap.before > _FEW_SPLITS:
                gaps.extend(self._halves(gap))
                continue
            found[gap.rows] = True
            for split in range(gap.before + 1, gap.after):
                self._note(split, gap.rows, self._residual(split, gap.rows))
        return found

    def _promising(self, gap: _Gap, most: np.ndarray) -> _Gap:
        at_most = np.minimum(self.least, most)[gap.rows] + self._rounding[gap.rows]
        stay = gap.near + gap.far <= at_most
        return _Gap(gap.before, gap.after, gap.rows[stay], gap.near[stay], gap.far[stay])

    def _halves(self, gap: _Gap) -> tuple[_Gap, _Gap]:
        middle = (gap.before + gap.after) // 2
        near, far = self._try(middle, gap.rows)
        return (
            _Gap(gap.before, middle, gap.rows, gap.near, far),
            _Gap(middle, gap.after, gap.rows, near, gap.far),
        )

    def _try(self, split: int, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Note a split; what any line leaves at least of its near and of its far points."""
        x, y = self._of(rows)
        near, near_bound = _line_and_bound(x[:, :split], y[:, :split])
        far, far_bound = _line_and_bound(x[:, split:], y[:, split:])
        self._note(split, rows, near + far)
        return near_bound, far_bound

    def _residual(self, split: int, rows: np.ndarray) -> np.ndarray:
        x, y = self._of(rows)
        near = quick_theil_sen(x[:, :split], y[:, :split]).residual
        return near + quick_theil_sen(x[:, split:], y[:, split:]).residual

    def _of(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        y = self._y if len(rows) == len(self._y) else self._y[rows]
        return (self._x if len(self._x) == 1 or y is self._y else self._x[rows]), y

    def _note(self, split: int, rows: np.ndarray, residual: np.ndarray) -> None:
        least, best = self.least[rows], self.split[rows]
        better = (residual < least) | ((residual == least) & (split < best))
        self.least[rows[better]], self.split[rows[better]] = residual[better], split


def _line_and_bound(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The absolute residual of a quick line, and what the best line leaves at least, each of shape (curve,).

    The bound is the dual of least absolute deviations: weights from -1 to 1 that add up to zero, alone and
    times x, give every line's residuals the same weighted sum, and no absolute residual can be smaller. The
    signs of a good line's residuals almost are such weights, and are made to be.
    """
    line = quick_theil_sen(x, y)
    rest = y - line.slope[:, None] * x - line.intercept[:, None]
    centred = x - x.mean(axis=1, keepdims=True)
    signs = np.sign(rest)
    level = signs.mean(axis=1)
    tilt = (signs * centred).sum(axis=1) / (centred**2).sum(axis=1)
    weighted = np.abs(rest).sum(axis=1) - level * rest.sum(axis=1) - tilt * (rest * centred).sum(axis=1)
    largest = 1 + np.abs(level) + np.abs(tilt) * np.abs(centred).max(axis=1)
    return line.residual, weighted / largest
