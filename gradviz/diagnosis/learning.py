"""Whether a training has learned anything, as its loss tells."""

from __future__ import annotations

import math

import xarray as xr

from gradviz.diagnosis.thresholds import KNOWN, LARGE_TARGET, LEARNED, MIN_LOSSES, SOLVED, VARIES
from gradviz.measures.batch_variation import RATIO, TARGET_AT_END, batch_variation
from gradviz.measures.loss_course import COUNTED, END, RELATIVE_END, loss_course
from gradviz.measures.values_of_steps import has_values
from gradviz.vocabulary import LOSS, OUTPUT_SPREAD, TARGET_SPREAD


def has_learned(recording: xr.DataTree, *, below: float = LEARNED) -> bool | None:
    """Whether the loss has fallen below a fraction of the first one.

    A squared error above the variance of the targets is worse than a constant answer, however large it was
    at first: where targets vary by much more than 1, a loss above it is said not to have fallen.

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
    return end < below and not _is_worse_than_constant(recording)


def has_solved(recording: xr.DataTree) -> bool:
    """Whether the loss is so low that nothing can have kept the network from learning.

    Parameters
    ----------
    recording : DataTree

    Returns
    -------
    bool
        False if the loss does not tell, or the outputs vary so little over the batch, compared with the
        targets, that a large first loss may only have been a large mean.
    """
    if is_untrained(recording):
        return False
    return has_learned(recording, below=SOLVED) is True or knows_its_task(recording)


def is_untrained(recording: xr.DataTree) -> bool:
    """Whether the outputs are known to vary less over the batch than those of a network that knows its task.

    Parameters
    ----------
    recording : DataTree

    Returns
    -------
    bool
        False if the spread of outputs or targets is not known.
    """
    return _has_spreads(recording) and float(batch_variation(recording)[RATIO]) < VARIES


def knows_its_task(recording: xr.DataTree) -> bool:
    """Whether the loss is below what a constant answer could reach, as far as the targets tell it.

    A constant answer has a mean squared error of at least the variance of the targets. For classes their
    impurity G stands in its place: the cross-entropy of a constant answer is at least -ln(1 - G), which is
    above G².

    Parameters
    ----------
    recording : DataTree

    Returns
    -------
    bool
        False if the loss or the spreads do not tell; the outputs must vary as those of a solved task do,
        since a loss may be in other units.
    """
    if not has_values(recording, LOSS) or not _has_spreads(recording) or is_untrained(recording):
        return False
    return float(loss_course(recording)[END]) < KNOWN * spread_of_targets(recording) ** 2


def _is_worse_than_constant(recording: xr.DataTree) -> bool:
    spread = spread_of_targets(recording)
    return spread > LARGE_TARGET and float(loss_course(recording)[END]) > spread**2


def spread_of_targets(recording: xr.DataTree) -> float:
    """Spread of the targets over the batch at the end of a training; NaN if it is not known.

    Parameters
    ----------
    recording : DataTree

    Returns
    -------
    float
    """
    return float(batch_variation(recording)[TARGET_AT_END]) if _has_spreads(recording) else math.nan


def _has_spreads(recording: xr.DataTree) -> bool:
    return all(has_values(recording, name) for name in (OUTPUT_SPREAD, TARGET_SPREAD))
