"""What was computed on a model and is to be drawn: checked for its type, one or several under their names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import xarray as xr

Computed = TypeVar("Computed", xr.DataArray, xr.Dataset)


def check_computed(data: object, kind: type[Computed], *, made_by: str) -> Computed:
    """The same, if it is of that type.

    Parameters
    ----------
    data : object
    kind : type
        DataArray or Dataset.
    made_by : str
        The call that gives such a thing.

    Returns
    -------
    DataArray or Dataset

    Raises
    ------
    TypeError
        If it is something else; the message says what came and what to give.
    """
    if not isinstance(data, kind):
        raise TypeError(f"got {type(data).__name__}: must be the {kind.__name__} that {made_by} gives")
    return data


def labelled_computed(data: object, kind: type[Computed], *, made_by: str) -> Mapping[str, Computed]:
    """By label; a single one has an empty label.

    Parameters
    ----------
    data : DataArray or Dataset, or mapping of label to such
    kind, made_by
        As of `check_computed`.

    Returns
    -------
    mapping of str to DataArray or Dataset

    Raises
    ------
    TypeError
        If it, or one of the mapping, is something else.
    ValueError
        If the mapping is empty.
    """
    if isinstance(data, Mapping) and not isinstance(data, xr.Dataset | xr.DataTree):
        if not data:
            raise ValueError(f"nothing to draw; give what {made_by} gives, or a mapping of label to such")
        return {str(label): check_computed(one, kind, made_by=made_by) for label, one in data.items()}
    return {"": check_computed(data, kind, made_by=made_by)}
