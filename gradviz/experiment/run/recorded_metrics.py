"""Reads a run's metrics, and compares them with the curves in its recording, which has a digest."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import xarray as xr

from gradviz.experiment.run.metrics_file import BadMetrics, read_metrics


def read_as_recorded(path: Path, recording: xr.DataTree) -> dict[str, list[float]]:
    """The columns of a run's metrics.

    Parameters
    ----------
    path : Path
        ``metrics.csv``.
    recording : DataTree
        Of the same run, complete.

    Returns
    -------
    dict of str to list of float
        As `read_metrics` returns them.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    BadMetrics
        If it is damaged, or a column differs from the curve of that name.
    """
    metrics = read_metrics(path)
    curves = recording.to_dataset(inherit=False)
    for name, column in metrics.items():
        if name not in curves.data_vars:  # the number of the step; what an earlier format renamed
            continue
        if not np.array_equal(np.array(column), curves[name].values, equal_nan=True):
            raise BadMetrics(f"{path} is damaged: its column {name!r} is not what the recording has")
    return metrics
