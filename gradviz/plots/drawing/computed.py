"""Results that were computed on a model: one or several, checked for their type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import xarray as xr

Computed = TypeVar("Computed", xr.DataArray, xr.Dataset)


def check_computed(data: object, kind: type[Computed], *, made_by: str) -> Computed:
    """The data, if it has the right type.

    Parameters
    ----------
    data : object
    kind : type
        DataArray or Dataset.
    made_by : str
        The call that returns such data, for the message.

    Returns
    -------
    DataArray or Dataset

    Raises
    ------
    TypeError
        If it has another type; the message says which type it has and which call returns the right one.
    """
    if not isinstance(data, kind):
        raise TypeError(f"got {type(data).__name__}: must be the {kind.__name__} that {made_by} returns")
    return data


def labelled_computed(data: object, kind: type[Computed], *, made_by: str) -> Mapping[str, Computed]:
    """Results by label; a single one has an empty label.

    Parameters
    ----------
    data : DataArray or Dataset, or a mapping of label to either
    kind, made_by
        As in `check_computed`.

    Returns
    -------
    mapping of str to DataArray or Dataset

    Raises
    ------
    TypeError
        If the data, or a value of the mapping, has another type.
    ValueError
        If the mapping is empty.
    """
    if isinstance(data, Mapping) and not isinstance(data, xr.Dataset | xr.DataTree):
        if not data:
            raise ValueError(f"nothing to draw; give the result of {made_by}, or a mapping of such results")
        return {str(label): check_computed(one, kind, made_by=made_by) for label, one in data.items()}
    return {"": check_computed(data, kind, made_by=made_by)}
