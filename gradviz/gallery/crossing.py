"""When a gradient has crossed the whole sequence."""

from __future__ import annotations

import numpy as np
import xarray as xr

from gradviz.measures.gradient_across_lag import LOST_H, gradient_across_lag
from gradviz.recording.tree import select_series
from gradviz.vocabulary import STEP

CROSSED = 3.0
"""Decades: a gradient that loses less from the last time step to the first has crossed."""

IN_A_ROW = 3
"""Recorded training steps; a gradient that reaches the first time step more rarely has not crossed."""


def decades_lost(tree: xr.DataTree) -> xr.DataArray:
    """Log10 of the mean norm at the last time step over that at the first, dims (step,)."""
    return select_series(gradient_across_lag(tree))[LOST_H]


def crossed_at(tree: xr.DataTree) -> float:
    """First of three recorded steps in a row at which the gradient crosses; infinite if there are none.

    Returns
    -------
    float
        NaN if the gradient is NaN at a recorded step.
    """
    lost = decades_lost(tree)
    if np.isnan(lost.values).any():
        return float("nan")
    crosses = lost.values < CROSSED
    count = min(IN_A_ROW, len(crosses))
    rows = np.lib.stride_tricks.sliding_window_view(crosses, count).all(axis=-1)
    return float(lost[STEP].values[rows.argmax()]) if rows.any() else float("inf")
