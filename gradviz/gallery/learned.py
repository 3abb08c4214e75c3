"""Two questions about a training: when its loss left the trivial predictor, and whether it has learned.

The loss *leaves the trivial predictor* where it falls a fifth below: further than the noise of a batch takes
it, and early enough to show the moment at which anything begins to be learned. That answers *when*.

A run *has learned* its task where its loss ends below half of the trivial predictor's. Whoever knows one of
the two numbers of the adding task, and not the other, has exactly half; whoever knows only how often each
letter occurs has nine tenths. Below a half, a network knows more than that. This answers *whether*.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from gradviz.gallery.final_loss import final_part
from gradviz.plots.comparison import LEARNED_BELOW
from gradviz.plots.drawing.complete_curve import complete_curve
from gradviz.plots.drawing.running_median import running_median
from gradviz.vocabulary import BASELINE

LEFT = LEARNED_BELOW
"""The part of the trivial predictor's loss below which a loss has left it."""

LEARNED = 0.5
"""The part of the trivial predictor's loss below which a run has learned its task."""


def left_trivial_at(tree: xr.Dataset | xr.DataTree) -> float:
    """First training step at which the loss's running median has left the trivial predictor.

    Returns
    -------
    float
        Infinite if there is no such step; NaN if the loss is NaN at any step.
    """
    curve = complete_curve(tree)
    if np.isnan(curve.values).any():
        return float("nan")
    below = running_median(curve.values) < LEFT * float(tree.attrs[BASELINE])
    return float(curve[curve.dims[0]].values[below.argmax()]) if below.any() else float("inf")


def ends_left(tree: xr.DataTree) -> float:
    """1 if the loss has left the trivial predictor at the end, else 0; NaN if it is NaN."""
    return _one_if_below(final_part(tree), LEFT)


def has_learned(tree: xr.DataTree) -> float:
    """1 if a run has learned its task, else 0; NaN if its loss at the end is NaN."""
    return _one_if_below(final_part(tree), LEARNED)


def is_learned(parts: float | np.ndarray) -> np.ndarray:
    """Whether losses, as parts of the trivial predictor's, are those of runs that have learned."""
    return np.asarray(parts) < LEARNED


def _one_if_below(part: float, limit: float) -> float:
    return float(np.nan if np.isnan(part) else part < limit)
