"""The loss at the end of a run."""

from __future__ import annotations

import numpy as np
import xarray as xr

from gradviz.plots.drawing.complete_curve import complete_curve
from gradviz.vocabulary import BASELINE

LAST = 50  # training steps that count as the end of a run


def final_loss(tree: xr.DataTree) -> float:
    """Median loss of the last 50 training steps."""
    return float(np.median(complete_curve(tree).values[-LAST:]))


def has_learned(tree: xr.DataTree) -> float:
    """1 if the loss at the end is below half of what the trivial predictor has, else 0; NaN if it is NaN."""
    loss = final_loss(tree)
    return float(np.nan if np.isnan(loss) else loss < 0.5 * float(tree.attrs[BASELINE]))
