"""How well a sign tells trainings that will fail from those that will learn: the area under the ROC curve."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np


def area_under_curve(failed: Sequence[float] | np.ndarray, good: Sequence[float] | np.ndarray) -> float:
    """Fraction of the pairs of a failed and a good training in which the failed one has the higher value.

    Parameters
    ----------
    failed, good : sequence of float
        A value of every training that failed, and of every one that learned. They may be infinite.

    Returns
    -------
    float
        Ties count half. NaN if there is none of one kind, or if a value is NaN.

    References
    ----------
    Hanley and McNeil (1982), "The meaning and use of the area under a receiver operating characteristic (ROC)
    curve", Radiology 143.

    Examples
    --------
    >>> from gradviz.diagnosis.area_under_curve import area_under_curve
    >>> area_under_curve([3.0, 2.0], [1.0, 2.0])
    0.875
    """
    ill, healthy = np.asarray(failed, dtype=float)[:, None], np.asarray(good, dtype=float)[None]
    if not ill.size or not healthy.size or np.isnan(ill).any() or np.isnan(healthy).any():
        return math.nan
    return float(np.mean((ill > healthy) + 0.5 * (ill == healthy)))
