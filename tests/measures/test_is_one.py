"""Fractions that are one, to the rounding of float32."""

import numpy as np
import xarray as xr

from gradviz.measures.is_one import is_one


def test_one_to_rounding():
    almost = np.nextafter(np.float32(1), np.float32(0))
    fractions = xr.DataArray(np.array([1, almost, 1 - 1 / 51200, 0, np.nan], dtype=np.float32), dims="unit")
    np.testing.assert_array_equal(is_one(fractions), [1, 1, 0, 0, np.nan])
