"""The trend of a series, by the median of the slopes of all its pairs."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

_MOST = 600  # readings of which all pairs are taken
_NORMAL_95 = 1.959964


class Trend(NamedTuple):
    """Slope of a series in its unit per reading, and the 95 % interval of it."""

    slope: float
    low: float
    high: float


def trend(values: list[float]) -> Trend:
    """Theil-Sen slope of evenly spaced readings, with Sen's interval.

    Parameters
    ----------
    values : list of float
        At least three. Of more than 600 evenly spaced ones are taken.

    Returns
    -------
    Trend

    References
    ----------
    Sen (1968), Estimates of the regression coefficient based on Kendall's tau.
    """
    place = np.unique(np.linspace(0, len(values) - 1, min(len(values), _MOST)).astype(int))
    taken = np.asarray(values, dtype=float)[place]
    first, second = np.triu_indices(len(place), 1)
    slopes = np.sort((taken[second] - taken[first]) / (place[second] - place[first]))
    half = _NORMAL_95 * math.sqrt(_variance_of_kendall(taken)) / 2
    middle = len(slopes) / 2
    low, high = max(math.floor(middle - half), 0), min(math.ceil(middle + half), len(slopes) - 1)
    return Trend(float(np.median(slopes)), float(slopes[low]), float(slopes[high]))


def _variance_of_kendall(values: np.ndarray) -> float:
    """Variance of Kendall's score where there is no trend, with its correction for equal values."""
    count = len(values)
    _, equal = np.unique(values, return_counts=True)
    ties = float((equal * (equal - 1) * (2 * equal + 5)).sum())
    return (count * (count - 1) * (2 * count + 5) - ties) / 18
