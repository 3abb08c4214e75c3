"""A metric over the whole training, at every iteration if the recording has it."""

from __future__ import annotations

import xarray as xr

from gradviz.recording.tree import check_variable, select_module
from gradviz.vocabulary import ITERATION, LOSS


def complete_curve(
    data: xr.Dataset | xr.DataTree, metric: str = LOSS, *, module: str | None = None
) -> xr.DataArray:
    """A metric at every iteration, or at the recorded steps if only those are available.

    Parameters
    ----------
    data : Dataset or DataTree
    metric : str
    module : str, optional
        Used only where the root of the tree does not have the metric.

    Returns
    -------
    DataArray, dims (iteration,) or (step,)

    Raises
    ------
    UnknownName, BadRecording
        If there is no such metric or module.
    """
    if isinstance(data, xr.DataTree) and metric in data.to_dataset(inherit=False).data_vars:
        return data.to_dataset(inherit=False)[metric]
    return check_variable(select_module(data, module=module), metric)


def last_step(data: xr.Dataset | xr.DataTree) -> float | None:
    """The last training step of a tree's complete curves; None if it has no curves."""
    if not isinstance(data, xr.DataTree) or ITERATION not in data.to_dataset(inherit=False).coords:
        return None
    return float(data.to_dataset(inherit=False)[ITERATION].values[-1])
