"""A variable with more dims, of length one, whose values are read when they are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr
from xarray.backends import BackendArray
from xarray.core import indexing


class ExpandedArray(BackendArray):
    """`Variable.set_dims`, which would read the values.

    Parameters
    ----------
    variable : Variable
    dims : sequence of str
        All dims of the variable, in any order, and those that it gets.
    """

    def __init__(self, variable: xr.Variable, dims: Sequence[str]):
        self._variable, self._dims = variable.transpose(*(dim for dim in dims if dim in variable.dims)), dims
        self.shape = tuple(variable.sizes.get(dim, 1) for dim in dims)
        self.dtype = variable.dtype

    def __getitem__(self, key: indexing.ExplicitIndexer) -> Any:
        return indexing.explicit_indexing_adapter(key, self.shape, indexing.IndexingSupport.BASIC, self._read)

    def _read(self, key: tuple[Any, ...]) -> np.ndarray:
        by_dim = dict(zip(self._dims, key, strict=True))
        asked_for = self._variable.isel(
            {dim: by_dim[dim] for dim in self._dims if dim in self._variable.dims}
        )
        every_dim = tuple(slice(None) if dim in asked_for.dims else np.newaxis for dim in self._dims)
        single = tuple(
            slice(None) if dim in asked_for.dims else 0 if dim in self._variable.dims else by_dim[dim]
            for dim in self._dims
        )
        return np.asarray(asked_for.values[every_dim][single])
