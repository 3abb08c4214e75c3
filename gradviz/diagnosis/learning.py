"""Whether a training has learned anything, as its loss tells."""

from __future__ import annotations

import math

import xarray as xr

from gradviz.diagnosis.thresholds import LEARNED, MIN_LOSSES, SOLVED, VARIES
from gradviz.measures.batch_variation import RATIO, batch_variation
from gradviz.measures.loss_course import COUNTED, RELATIVE_END, loss_course
from gradviz.measures.values_of_steps import has_values
from gradviz.vocabulary import LOSS, OUTPUT_SPREAD, TARGET_SPREAD


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


def has_solved(recording: xr.DataTree) -> bool:
    """Whether the loss has fallen so far that nothing can have kept the network from learning.

    Parameters
    ----------
    recording : DataTree

    Returns
    -------
    bool
        False if the loss does not tell, or the outputs vary so little over the batch, compared with the
        targets, that a large first loss may only have been a large mean.
    """
    varies = True
    if all(has_values(recording, name) for name in (OUTPUT_SPREAD, TARGET_SPREAD)):
        varies = not float(batch_variation(recording)[RATIO]) < VARIES
    return varies and has_learned(recording, below=SOLVED) is True
