"""Measured values into a dataset in which each has its long name and units."""

from __future__ import annotations

from collections.abc import Mapping

import xarray as xr


def with_units(columns: Mapping[str, tuple[xr.DataArray, str, str]]) -> xr.Dataset:
    """A dataset of named values.

    Parameters
    ----------
    columns : mapping of str to (DataArray, str, str)
        For every variable its values, its long name and its units. Attributes that the values have are
        replaced; they are not changed themselves.

    Returns
    -------
    Dataset
    """
    variables = {}
    for name, (values, long_name, units) in columns.items():
        variables[name] = values.copy(deep=False).rename(name)
        variables[name].attrs = {"long_name": long_name, "units": units}
    return xr.Dataset(variables)
