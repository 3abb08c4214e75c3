"""The loss at the end of a run."""

from __future__ import annotations

import numpy as np
import xarray as xr

from gradviz.plots.drawing.complete_curve import complete_curve

LAST = 50  # training steps that count as the end of a run


def final_loss(tree: xr.DataTree) -> float:
    """Median loss of the last 50 training steps."""
    return float(np.median(complete_curve(tree).values[-LAST:]))
