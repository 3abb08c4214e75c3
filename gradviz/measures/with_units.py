"""Builds a dataset of measured values with their long names and units."""

from __future__ import annotations

from collections.abc import Mapping

import xarray as xr


def with_units(columns: Mapping[str, tuple[xr.DataArray, str, str]]) -> xr.Dataset:
    """A dataset of variables with long names and units.

    Parameters
    ----------
    columns : mapping of str to (DataArray, str, str)
        For each variable, its values, long name and units. The new variables have no other attributes; the
        arrays passed in are not changed.

    Returns
    -------
    Dataset
    """
    variables = {}
    for name, (values, long_name, units) in columns.items():
        variables[name] = values.copy(deep=False).rename(name)
        variables[name].attrs = {"long_name": long_name, "units": units}
    return xr.Dataset(variables)
