"""When a gradient has crossed the whole sequence, and when the loss begins to fall."""

from __future__ import annotations

import numpy as np
import xarray as xr

from gradviz.measures.gradient_across_lag import LOST_H, gradient_across_lag
from gradviz.plots.comparison import LEARNED_BELOW
from gradviz.plots.drawing.complete_curve import complete_curve
from gradviz.plots.drawing.running_median import running_median
from gradviz.recording.tree import select_series
from gradviz.vocabulary import BASELINE, STEP

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


def learned_at(tree: xr.DataTree) -> float:
    """First training step at which the loss's running median is a fifth below the trivial predictor's.

    Returns
    -------
    float
        Infinite if there is no such step; NaN if the loss is NaN at any step.
    """
    curve = complete_curve(tree)
    if np.isnan(curve.values).any():
        return float("nan")
    below = running_median(curve.values) < LEARNED_BELOW * float(tree.attrs[BASELINE])
    return float(curve[curve.dims[0]].values[below.argmax()]) if below.any() else float("inf")
