"""Labels and names of dims, with and without a coordinate."""

import xarray as xr

from gradviz.plots.drawing.dim_labels import labels_of, long_name


def test_with_a_coordinate():
    array = xr.DataArray(
        [1.0, 2.0], dims="time", coords={"time": ("time", [3, 7], {"long_name": "time step"})}
    )
    assert labels_of(array, "time").tolist() == [3, 7]
    assert long_name(array, "time") == "time step"


def test_without_a_coordinate():
    array = xr.DataArray([1.0, 2.0], dims="time")
    assert labels_of(array, "time").tolist() == [0, 1]
    assert long_name(array, "time") == "time"
