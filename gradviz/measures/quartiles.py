"""Quartiles of values, some of which may be missing."""

from __future__ import annotations

import numpy as np

from gradviz.measures.without_overflow import without_overflow


def quartiles(values: np.ndarray) -> np.ndarray:
    """Lower quartile, median and upper quartile over the last axis.

    Parameters
    ----------
    values : ndarray, shape (..., n)
        NaN is a missing value.

    Returns
    -------
    ndarray, shape (3, ...)
        NaN where all values are missing.
    """
    ordered = np.sort(values, axis=-1)  # NaN last
    last = np.maximum(values.shape[-1] - np.isnan(values).sum(axis=-1, keepdims=True) - 1, 0)
    places = [fraction * last for fraction in (0.25, 0.5, 0.75)]
    return np.asarray(
        without_overflow(ordered, lambda part: np.stack([_between(part, place) for place in places]))
    )


def _between(ordered: np.ndarray, place: np.ndarray) -> np.ndarray:
    """Values at a place between two values, by linear interpolation; shape (...)."""
    below = np.floor(place).astype(int)
    low = np.take_along_axis(ordered, below, axis=-1)
    high = np.take_along_axis(ordered, np.ceil(place).astype(int), axis=-1)
    part = place - below
    with np.errstate(invalid="ignore"):
        rise = np.where(high == low, 0.0, high - low)  # two infinite values are equal
        found = np.where(part < 0.5, low + rise * part, high - rise * (1 - part))
    return found[..., 0]
