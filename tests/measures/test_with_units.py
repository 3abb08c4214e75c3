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
