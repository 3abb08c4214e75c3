"""The labels along a dim, and the name of a dim on an axis."""

from __future__ import annotations

import numpy as np
import xarray as xr


def labels_of(array: xr.DataArray, dim: str) -> np.ndarray:
    """The labels along a dim, or the positions if it has no labels."""
    return array[dim].values if dim in array.coords else np.arange(array.sizes[dim])


def long_name(array: xr.DataArray, dim: str) -> str:
    """The name of a dim for an axis label."""
    return str(array[dim].attrs.get("long_name", dim)) if dim in array.coords else dim
