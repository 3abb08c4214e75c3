"""Where a single tanh unit comes to rest."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

_ITERATIONS = 80  # halves an interval of 1 to below float64's resolution


def fixed_points(w: float, b: float) -> list[float]:
    """All h with h = tanh(w h + b), ascending: one, two where they touch, or three.

    Parameters
    ----------
    w, b : float
        Weight and bias.

    Returns
    -------
    list of float
        To rounding. They are the zeros of tanh(w h + b) - h between its turning points.
    """
    borders = [-1.0, *_turning_points(w, b), 1.0]
    found: list[float] = []
    for low, high in pairwise(borders):
        if _excess(low, w, b) == 0:
            found.append(low)
        elif _excess(low, w, b) * _excess(high, w, b) < 0:
            found.append(_bisect(low, high, w, b))
    return found


def slope(h: float, w: float) -> float:
    """How much of a small displacement of a fixed point is left after a step: w (1 - h²)."""
    return w * (1 - h**2)


def _excess(h: float, w: float, b: float) -> float:
    return float(np.tanh(w * h + b) - h)


def _turning_points(w: float, b: float) -> list[float]:
    """Where w / cosh²(w h + b) = 1."""
    if w <= 1:
        return []
    reach = float(np.arccosh(np.sqrt(w)))
    return [point for point in ((-reach - b) / w, (reach - b) / w) if -1 < point < 1]


def _bisect(low: float, high: float, w: float, b: float) -> float:
    sign = np.sign(_excess(low, w, b))
    for _ in range(_ITERATIONS):
        middle = (low + high) / 2
        if np.sign(_excess(middle, w, b)) == sign:
            low = middle
        else:
            high = middle
    return (low + high) / 2
