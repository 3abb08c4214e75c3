"""One run, or several by label."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import xarray as xr

from gradviz.errors import BadRecording
from gradviz.recording.tree import select_module
from gradviz.runs.align_runs import RUN
from gradviz.runs.split_runs import holds_runs, split_runs

Recording = xr.Dataset | xr.DataTree


def labelled_runs(data: Recording | Mapping[str, Recording], *needed: str) -> Mapping[str, Recording]:
    """Recordings by label; a single one has an empty label.

    Parameters
    ----------
    data : Dataset, DataTree, or a mapping of label to either
        A Dataset with the dim ``run`` is what `gradviz.load_runs` returns.
    *needed : str
        Variables that are drawn. Of a Dataset of many runs, those without one of them are left out, since
        `gradviz.load_runs` has said which these are.

    Returns
    -------
    mapping of str to Dataset or DataTree

    Raises
    ------
    ValueError
        If the mapping is empty.
    TypeError
        If the data is not a recording.
    BadRecording, UnknownName
        If a Dataset of many runs does not have a variable.
    """
    if isinstance(data, xr.Dataset) and holds_runs(data):
        return _of_many(data, needed)
    if isinstance(data, Mapping) and not isinstance(data, xr.Dataset | xr.DataTree):
        if not data:
            raise ValueError("no run to draw; give a recording or a mapping of label to recording")
        return data
    if isinstance(data, xr.DataTree):
        return {"": data}
    return {"": select_module(data)}  # raises TypeError if this is not a recording


def _of_many(runs: xr.Dataset, needed: Sequence[str]) -> Mapping[str, Recording]:
    for name in needed:
        if name not in runs:
            raise BadRecording(
                f"these runs have no variable {name!r}; load them with gv.load_runs(..., variables={name!r})"
            )
    found = {label: run for label, run in split_runs(runs).items() if set(needed) <= set(run.data_vars)}
    if not found:
        raise BadRecording(f"none of the {runs.sizes[RUN]} runs has a value of {' and '.join(needed)}")
    return found
