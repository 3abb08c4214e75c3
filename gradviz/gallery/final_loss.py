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


def final_part(tree: xr.DataTree) -> float:
    """Loss at the end as a part of that of the trivial predictor."""
    return final_loss(tree) / float(tree.attrs[BASELINE])
