"""Arrays with the dims, long names and units of the vocabulary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr
from torch import Tensor

from gradviz.dynamics_vocabulary import DYNAMICS, DYNAMICS_DIMENSIONS


def labelled(
    name: str, values: Tensor | np.ndarray, labels: Mapping[str, Sequence[object] | np.ndarray] | None = None
) -> xr.DataArray:
    """Variable of the dynamics as a DataArray.

    Parameters
    ----------
    name : str
        A key of ``vocabulary.DYNAMICS``.
    values : Tensor or ndarray
        Its axes are the dims of that entry.
    labels : mapping of dim to labels, optional
        Coordinates; by default a dim counts from 0.

    Returns
    -------
    DataArray
    """
    dims, long_name, units = DYNAMICS[name]
    array = values.detach().cpu().numpy() if isinstance(values, Tensor) else np.asarray(values)
    found = labels or {}
    coords = {
        dim: (dim, np.asarray(found.get(dim, np.arange(size))), DYNAMICS_DIMENSIONS[dim]._asdict())
        for dim, size in zip(dims, array.shape, strict=True)
    }
    return xr.DataArray(array, coords, dims, name, {"long_name": long_name, "units": units})
