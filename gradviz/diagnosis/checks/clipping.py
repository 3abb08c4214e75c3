"""Clipping at most training steps, not only at outliers."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import xarray as xr

from gradviz.diagnosis import kinds
from gradviz.diagnosis.finding import Change, Finding, Place, Remedy, training_amount
from gradviz.diagnosis.percent import percent
from gradviz.diagnosis.thresholds import CLIPPED, MIN_CLIPPING_STEPS, severity
from gradviz.measures.clipping import COUNTED, FRACTION, MEDIAN_FACTOR, clipping
from gradviz.measures.without_overflow import without_overflow
from gradviz.vocabulary import GRAD_NORM, GRAD_NORM_CLIPPED

_LARGEST = float(np.finfo(np.float64).max)


def clipped(recording: xr.DataTree) -> Iterator[Finding]:
    """The gradient's norm is clipped at most training steps."""
    if GRAD_NORM not in recording.data_vars or GRAD_NORM_CLIPPED not in recording.data_vars:
        return
    found = clipping(recording)
    fraction = training_amount("clipping", found, FRACTION)
    how_bad = severity(fraction.value, CLIPPED)
    if how_bad is None or float(found[COUNTED]) < MIN_CLIPPING_STEPS:
        return
    factor = training_amount("clipping", found, MEDIAN_FACTOR)
    norms = recording[GRAD_NORM]
    norm = float(without_overflow(norms.where(np.isfinite(norms)), xr.DataArray.median))
    limit = _round_up(min(2 * norm, _LARGEST))
    yield Finding(
        kind=kinds.CLIPPING,
        severity=how_bad,
        what=f"The gradient was clipped at {percent(fraction.value)} of the training steps, to a median of "
        f"{factor.value:.2g} of its length. The update then always has the same length, whatever the loss "
        "is: the clipping limit sets the learning rate, not the gradient.",
        where=Place(),
        amounts=(fraction, factor),
        variables=(GRAD_NORM, GRAD_NORM_CLIPPED),
        plot="gv.plot_learning_curve(tree)",
        remedy=Remedy(
            "Raise the limit above the usual norm, so that it clips only outliers, or lower the learning "
            "rate.",
            f"torch.nn.utils.clip_grad_norm_(model.parameters(), {limit:g})",
            (Change("clip_norm", {"limit": limit}),),
        ),
    )


def _round_up(value: float) -> float:
    """The value, rounded up to one significant digit unless that is no float any more."""
    digits = f"{value:.0e}".split("e")
    rounded = float(f"{digits[0]}e{digits[1]}")
    if rounded < value:
        rounded += 10.0 ** int(digits[1])
    return min(rounded, _LARGEST)
