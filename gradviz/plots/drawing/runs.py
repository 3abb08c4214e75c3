"""One run, or several by label."""

from __future__ import annotations

from collections.abc import Mapping

import xarray as xr

from gradviz.recording.tree import select_module

Recording = xr.Dataset | xr.DataTree


def labelled_runs(data: Recording | Mapping[str, Recording]) -> Mapping[str, Recording]:
    """Recordings by label; a single one has an empty label.

    Parameters
    ----------
    data : Dataset, DataTree, or a mapping of label to either

    Returns
    -------
    mapping of str to Dataset or DataTree

    Raises
    ------
    ValueError
        If the mapping is empty.
    TypeError
        If the data is not a recording.
    """
    if isinstance(data, Mapping) and not isinstance(data, xr.Dataset | xr.DataTree):
        if not data:
            raise ValueError("no run to draw; give a recording or a mapping of label to recording")
        return data
    if isinstance(data, xr.DataTree):
        return {"": data}
    return {"": select_module(data)}  # raises TypeError if this is not a recording
