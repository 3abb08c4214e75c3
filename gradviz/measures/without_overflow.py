"""Means and medians of values so large that their sum would not be a float."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
import xarray as xr

Values = TypeVar("Values", xr.DataArray, xr.Variable, np.ndarray)


def without_overflow(values: Values, reduce: Callable[[Values], Any]) -> Any:
    """What a reduction gives that is homogeneous and no larger than its values, such as a mean or a median.

    Parameters
    ----------
    values : DataArray, Variable or ndarray
    reduce : callable
        Takes the values. Of values times a factor it must give its result times that factor.

    Returns
    -------
    DataArray, Variable, ndarray or scalar
        Exactly ``reduce(values)`` if no sum of the values can overflow. Otherwise the values are halved often
        enough before, and the result is doubled as often; values below 1e-30 of the largest may round to
        other numbers, which the sum does not see. NaN where inf and -inf would be added.
    """
    data = np.asarray(values if isinstance(values, np.ndarray) else values.values)
    factor = _factor(data)
    with np.errstate(invalid="ignore"):  # inf - inf is NaN
        return reduce(values) if factor == 1 else reduce(values * factor) / factor


def _factor(data: np.ndarray) -> float:
    """A power of two that makes the sum of all values finite."""
    if data.dtype.kind != "f" or not data.size:
        return 1.0
    largest = np.max(np.abs(data), initial=0, where=np.isfinite(data))
    count = 2.0 ** (np.ceil(np.log2(data.size)) + 1)
    return 1.0 if largest <= np.finfo(data.dtype).max / count else float(1 / count)
