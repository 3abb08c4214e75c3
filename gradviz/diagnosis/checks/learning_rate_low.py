"""A learning rate that is too low."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import xarray as xr

from gradviz.diagnosis import kinds
from gradviz.diagnosis.finding import Amount, Change, Finding, Place, Remedy, Severity, training_amount
from gradviz.diagnosis.learning import is_untrained, knows_its_task
from gradviz.diagnosis.thresholds import BARELY_MOVED, LEARNED, MIN_LOSSES_OF_MEAN, MOVED, UPDATE
from gradviz.measures.loss_course import COUNTED, OVER_BEGINNING, loss_course
from gradviz.measures.update_size import MEDIAN, TOTAL, update_size
from gradviz.measures.values_of_steps import has_values, values_of_steps
from gradviz.vocabulary import GRAD_NORM, GRAD_NORM_CLIPPED, LOSS, UPDATE_RATIO

_MOST = 1e6  # by which the rate is raised


def learning_rate_low(recording: xr.DataTree) -> Iterator[Finding]:
    """All updates together have hardly moved the weights, and the loss has not fallen."""
    if not (has_values(recording, UPDATE_RATIO) and has_values(recording, LOSS)):
        return
    course, updates = loss_course(recording), update_size(recording)
    total, median = (training_amount("update_size", updates, name) for name in (TOTAL, MEDIAN))
    how_bad = _severity(recording, total.value)
    end = training_amount("loss_course", course, OVER_BEGINNING)
    is_early = float(course[COUNTED]) < MIN_LOSSES_OF_MEAN
    if how_bad is None or is_early or not end.value >= LEARNED:
        return
    yield Finding(
        kind=kinds.LEARNING_RATE_LOW,
        severity=how_bad,
        what=f"All updates together have moved the weights by at most {total.value:.2g} times their size, "
        f"over {float(course[COUNTED]):.0f} training steps, and the loss is still {end.value:.2g} times what "
        f"it was in the first tenth of them. One update changes the weights by {median.value:.2g} of their "
        "size; 0.001 to 0.01 is usual. So the network is nearly the one that the training began with.",
        where=Place(),
        amounts=(total, median, end),
        variables=(UPDATE_RATIO, LOSS),
        plot="gv.plot_learning_curve(tree)",
        remedy=_remedy(median),
    )


def _severity(recording: xr.DataTree, total: float) -> Severity | None:
    """Trouble where the outputs are those of an untrained network; None if the rate is not the reason."""
    if total * _clipped_by(recording) >= MOVED or knows_its_task(recording):
        return None
    return "trouble" if total < BARELY_MOVED and is_untrained(recording) else "warning"


def _clipped_by(recording: xr.DataTree) -> float:
    """How many times larger the gradients, and so the updates, would be without clipping."""
    before, after = (values_of_steps(recording, name) for name in (GRAD_NORM, GRAD_NORM_CLIPPED))
    before, after = xr.align(before, after, join="inner")
    is_known = (after.values > 0) & np.isfinite(before.values) & np.isfinite(after.values)
    if not is_known.any():
        return 1.0
    with np.errstate(over="ignore"):  # a ratio beyond the float range is infinite
        ratios = before.values[is_known] / after.values[is_known]
    return max(1.0, float(np.median(ratios)))


def _remedy(median: Amount) -> Remedy:
    if not median.value > 0:
        return Remedy(
            "Most updates changed nothing. Look at the learning rate, and whether a schedule or a gradient "
            "scaler leaves the optimizer's steps out.",
            'print([group["lr"] for group in optimizer.param_groups])',
        )
    factor = _factor(median.value)
    return Remedy(
        f"Multiply the learning rate by {factor:g}. If it was chosen so low on purpose, train longer.",
        f'for group in optimizer.param_groups:  # once, before training\n    group["lr"] *= {factor:g}',
        (Change("raise_learning_rate", {"factor": factor}),),
    )


def _factor(update: float) -> float:
    """A power of ten that makes an update a usual one."""
    power = math.floor(math.log10(UPDATE["usual"] / update))
    return float(min(max(10.0**power, 10.0), _MOST))
