"""How much of the gradient is lost over the lag, at the first and the last recorded step of a training."""

from __future__ import annotations

import math
from typing import NamedTuple

import xarray as xr

from gradviz.diagnosis.diagnosis import Diagnosis
from gradviz.errors import BadRecording
from gradviz.measures.gradient_across_lag import LOST, gradient_across_lag
from gradviz.recording.tree import module_names
from gradviz.vocabulary import DIRECTION, LAG, LAYER, LOG10_GRAD_H, STEP


class DecadesLost(NamedTuple):
    """Decades of gradient lost over a lag, in the first layer; of two directions the smaller loss.

    Attributes
    ----------
    first, last : float
        At the first and the last recorded step; inf if nothing arrives, NaN if it is not known.
    lag : int or None
        Time steps over which it was measured.
    """

    first: float = math.nan
    last: float = math.nan
    lag: int | None = None


def module_to_compare(tree: xr.DataTree, found: Diagnosis) -> str | None:
    """The module whose gradient is compared: that of the first finding about one, else the first.

    Parameters
    ----------
    tree : DataTree
    found : Diagnosis

    Returns
    -------
    str or None
        None if no module was recorded.
    """
    names = [name for name in module_names(tree) if LOG10_GRAD_H in tree[name]]
    return next((f.where.module for f in found if f.where.module in names), names[0] if names else None)


def decades_lost(tree: xr.DataTree, module: str | None, *, lag: int | None) -> DecadesLost:
    """Measure it in one module of a recording.

    Parameters
    ----------
    tree : DataTree
    module : str or None
    lag : int or None
        If the sequences are not that long, and for None, the longest lag in them.

    Returns
    -------
    DecadesLost
    """
    if module is None or module not in module_names(tree):
        return DecadesLost()
    for asked in (lag, None):
        try:
            found = gradient_across_lag(tree, lag=asked, module=module)
        except BadRecording:
            continue
        by_step = found[LOST].isel({LAYER: 0}).min(DIRECTION).transpose(STEP, ...)
        values = by_step.values.reshape(by_step.sizes[STEP], -1)[:, 0]
        return DecadesLost(float(values[0]), float(values[-1]), int(found.attrs[LAG]))
    return DecadesLost()
