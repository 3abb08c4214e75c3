"""Names and units are set on copies of the values."""

import xarray as xr

from gradviz.measures.with_units import with_units


def test_names_and_units_replace_what_was_there():
    values = xr.DataArray([1.0, 2.0], dims="unit", name="old", attrs={"units": "furlongs", "source": "x"})
    made = with_units({"length": (values, "length of a unit", "m")})
    assert made["length"].attrs == {"long_name": "length of a unit", "units": "m"}
    assert made["length"].values.tolist() == [1.0, 2.0]
    assert values.name == "old"
    assert values.attrs == {"units": "furlongs", "source": "x"}


def test_bare_variables_take_the_coordinates_that_fit():
    of = xr.Dataset(
        {"a": (("step", "time"), [[1.0, 2.0]])},
        coords={"step": [7], "time": [0, 1], "call": 3, "label": (("step", "time"), [[5, 6]])},
    )
    found = with_units({"b": (xr.Variable(("step",), [4.0]), "long", "1")}, of=of)
    expected = of["a"].isel(time=0, drop=True).drop_vars("label").copy(data=[4.0])
    xr.testing.assert_identical(found, with_units({"b": (expected, "long", "1")}))
    assert set(found.coords) == {"step", "call"}
