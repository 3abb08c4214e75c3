"""One run, or several by label."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import xarray as xr

from gradviz.errors import BadRecording
from gradviz.recording.tree import select_module
from gradviz.runs.align_runs import RUN
from gradviz.runs.split_runs import split_runs

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


def runs_with(runs: xr.Dataset, needed: Sequence[str]) -> dict[str, xr.Dataset]:
    """The recordings in a Dataset of many runs, by label.

    Parameters
    ----------
    runs : Dataset
        As `gradviz.load_runs` returns it.
    needed : sequence of str
        Variables that are drawn. Runs without one of them are left out, since `gradviz.load_runs` has said
        which these are.

    Returns
    -------
    dict of str to Dataset

    Raises
    ------
    BadRecording
        If the Dataset does not have a variable, or no run has a value of it.
    """
    for name in needed:
        if name not in runs:
            raise BadRecording(
                f"these runs have no variable {name!r}; load them with gv.load_runs(..., variables={name!r})"
            )
    found = {label: run for label, run in split_runs(runs).items() if set(needed) <= set(run.data_vars)}
    if not found:
        raise BadRecording(f"none of the {runs.sizes[RUN]} runs has a value of {' and '.join(needed)}")
    return found
