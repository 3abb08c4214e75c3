"""How much of the gradient is lost over the lag, at the first and the last recorded step of a training."""

from __future__ import annotations

import math
from typing import NamedTuple

import xarray as xr

from gradviz.diagnosis.diagnosis import Diagnosis
from gradviz.errors import BadRecording
from gradviz.measures.gradient_along_path import LOST_ON_PATH, lost_over_at_most, path_ends, path_of
from gradviz.recording.tree import module_names
from gradviz.vocabulary import DIRECTION, LAG, LOG10_GRAD_H


class DecadesLost(NamedTuple):
    """Decades of gradient lost over a lag, as `gradviz.gradient_along_path` measures it.

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
    """The module in which the compared path begins on its way back.

    Parameters
    ----------
    tree : DataTree
    found : Diagnosis

    Returns
    -------
    str or None
        Of the path through the module of the first finding about one, else of the first path. None if no
        module was recorded.
    """
    recorded = [name for name in module_names(tree) if LOG10_GRAD_H in tree[name]]
    paths = {name: path_of(tree, name) for name in path_ends(tree) if name in recorded}
    blamed = next((f.where.module for f in found if f.where.module in recorded), None)
    return next((name for name, path in paths.items() if blamed in path), next(iter(paths), None))


def decades_lost(tree: xr.DataTree, module: str | None, *, lag: int | None) -> DecadesLost:
    """Measure it along a path of a recording.

    Parameters
    ----------
    tree : DataTree
    module : str or None
        In which the path begins on its way back.
    lag : int or None
        Where the path is shorter, and for None, its whole length; with two directions and for None half of
        it, since every input lies in the nearer half of one of them.

    Returns
    -------
    DecadesLost
    """
    if module is None or module not in module_names(tree):
        return DecadesLost()
    try:
        found = lost_over_at_most(tree, lag, module=module)
        if lag is None and tree[module].sizes[DIRECTION] > 1 and found.attrs[LAG] > 1:
            found = lost_over_at_most(tree, found.attrs[LAG] // 2, module=module)
    except BadRecording:
        return DecadesLost()
    values = found[LOST_ON_PATH].values
    return DecadesLost(float(values[0]), float(values[-1]), int(found.attrs[LAG]))
