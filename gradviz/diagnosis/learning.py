"""Whether a training has learned anything, as its loss tells."""

from __future__ import annotations

import math

import xarray as xr

from gradviz.diagnosis.thresholds import LEARNED, MIN_LOSSES
from gradviz.measures.loss_course import COUNTED, RELATIVE_END, loss_course
from gradviz.measures.values_of_steps import has_values
from gradviz.vocabulary import LOSS


def has_learned(recording: xr.DataTree, *, below: float = LEARNED) -> bool | None:
    """Whether the loss has fallen below a fraction of the first one.

    Parameters
    ----------
    recording : DataTree
    below : float
        The fraction, above 0.

    Returns
    -------
    bool or None
        None if there are too few losses, or the first is not above 0.
    """
    if not has_values(recording, LOSS):
        return None
    found = loss_course(recording)
    end = float(found[RELATIVE_END])
    if float(found[COUNTED]) < MIN_LOSSES or math.isnan(end):
        return None
    return end < below
