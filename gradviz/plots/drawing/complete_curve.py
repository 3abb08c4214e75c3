"""A metric over the whole training, at every iteration if the recording has it."""

from __future__ import annotations

import numpy as np
import xarray as xr

from gradviz.recording.tree import check_variable, module_names, select_module
from gradviz.vocabulary import ITERATION, LOSS, METRICS, STEP, VALIDATION


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
        Of a curve that was measured at recorded steps only, such as ``update_ratio``, only these iterations;
        of one of the validation, those with an evaluation.

    Raises
    ------
    UnknownName, BadRecording
        If there is no such metric or module.
    """
    if isinstance(data, xr.DataTree) and metric in data.to_dataset(inherit=False).data_vars:
        curve = data.to_dataset(inherit=False)[metric]
        if metric.startswith(VALIDATION):
            return curve[curve.notnull().values]
        return curve if metric == LOSS or metric not in METRICS else _where_measured(curve, data)
    return check_variable(select_module(data, module=module), metric)


def _where_measured(curve: xr.DataArray, tree: xr.DataTree) -> xr.DataArray:
    steps = [select_module(tree, module=name)[STEP].values for name in module_names(tree)]
    is_recorded = np.isin(curve[ITERATION].values, np.concatenate(steps) if steps else [])
    is_known = curve.notnull().values
    return curve[is_recorded] if is_known.any() and not is_known[~is_recorded].any() else curve


def last_step(data: xr.Dataset | xr.DataTree) -> float | None:
    """The last training step of a tree's complete curves; None if it has no curves."""
    if not isinstance(data, xr.DataTree) or ITERATION not in data.to_dataset(inherit=False).coords:
        return None
    return float(data.to_dataset(inherit=False)[ITERATION].values[-1])
