"""Lags count from the end of each sequence, or from its beginning in a reverse direction."""

import numpy as np
import xarray as xr

from gradviz.measures.lag import lag_of

PADDED = xr.DataArray([[1.0, 1.0], [1.0, 1.0], [1.0, np.nan], [1.0, np.nan]], dims=("time", "sample"))


def test_forward_from_the_last_step_that_is_there():
    np.testing.assert_array_equal(lag_of(PADDED), [[3, 1], [2, 0], [1, np.nan], [0, np.nan]])


def test_reverse_from_the_first():
    both = xr.concat([PADDED, PADDED], "direction").assign_coords(direction=["forward", "reverse"])
    lags = lag_of(both)
    assert lags.dims == both.dims
    np.testing.assert_array_equal(lags.sel(direction="forward"), lag_of(PADDED))
    np.testing.assert_array_equal(lags.sel(direction="reverse"), [[0, 0], [1, 1], [2, np.nan], [3, np.nan]])
    np.testing.assert_array_equal(lag_of(both.sel(direction="reverse"))[:, 0], [0, 1, 2, 3])


def test_in_units_of_the_time_coordinate():
    lags = lag_of(PADDED.assign_coords(time=[0, 10, 20, 30]))
    np.testing.assert_array_equal(lags[:, 1], [10, 0, np.nan, np.nan])


def test_a_hole_in_between_has_no_lag():
    values = xr.DataArray([1.0, np.nan, 1.0], dims="time")
    np.testing.assert_array_equal(lag_of(values), [2, np.nan, 0])
