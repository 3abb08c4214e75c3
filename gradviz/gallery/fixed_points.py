"""The fixed points of a single tanh unit."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

_ITERATIONS = 80  # halves an interval of 1 to below float64's resolution


def fixed_points(w: float, b: float) -> list[float]:
    """All h with h = tanh(w h + b), in ascending order.

    Parameters
    ----------
    w, b : float
        Weight and bias.

    Returns
    -------
    list of float
        One or three, or two where two of the three coincide; exact to rounding. They are the zeros of
        tanh(w h + b) - h between its turning points.
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
    """Factor w (1 - h²) by which a step that ends in h multiplies a small displacement."""
    return w * (1 - h**2)


def _excess(h: float, w: float, b: float) -> float:
    return float(np.tanh(w * h + b) - h)


def _turning_points(w: float, b: float) -> list[float]:
    """All h in (-1, 1) with w / cosh²(w h + b) = 1."""
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
