"""Builds a dataset of measured values with their long names and units."""

from __future__ import annotations

from collections.abc import Mapping

import xarray as xr


def with_units(
    columns: Mapping[str, tuple[xr.DataArray | xr.Variable, str, str]], *, of: xr.Dataset | None = None
) -> xr.Dataset:
    """A dataset of variables with long names and units.

    Parameters
    ----------
    columns : mapping of str to (DataArray or Variable, str, str)
        For each variable, its values, long name and units. The new variables have no other attributes; the
        arrays passed in are not changed.
    of : Dataset, optional
        What was measured; each of its coordinates that fits one of the variables is a coordinate of the
        result. Needed for a Variable, which has none of its own.

    Returns
    -------
    Dataset
    """
    if of is not None:
        return _measured(columns, of)
    variables = {}
    for name, (values, long_name, units) in columns.items():
        variables[name] = xr.DataArray(values).copy(deep=False).rename(name)
        variables[name].attrs = {"long_name": long_name, "units": units}
    return xr.Dataset(variables)


def _measured(
    columns: Mapping[str, tuple[xr.DataArray | xr.Variable, str, str]], of: xr.Dataset
) -> xr.Dataset:
    """The same from bare variables: xarray does not have to align what is aligned already."""
    variables = {
        name: xr.Variable(values.dims, values.data, {"long_name": long_name, "units": units})
        for name, (values, long_name, units) in columns.items()
    }
    dims = {variable.dims for variable in variables.values()}
    fitting = [name for name in of.coords if any({*of.variables[name].dims} <= {*each} for each in dims)]
    return xr.Dataset(variables, coords=of[fitting].coords)
