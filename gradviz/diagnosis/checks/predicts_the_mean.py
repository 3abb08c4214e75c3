"""An output that is the same for every input."""

from __future__ import annotations

from collections.abc import Iterator

import xarray as xr

from gradviz.diagnosis import kinds
from gradviz.diagnosis.finding import Amount, Finding, Place, Remedy, training_amount
from gradviz.diagnosis.scaled_data import scaled_targets
from gradviz.diagnosis.thresholds import (
    LARGE_TARGET,
    MIN_LOSSES_OF_MEAN,
    SAME_OUTPUT,
    STILL_FALLING,
)
from gradviz.measures.batch_variation import OUTPUT_AT_END, RATIO, TARGET_AT_END, batch_variation
from gradviz.measures.loss_course import COUNTED, loss_course
from gradviz.measures.loss_course import STILL_FALLING as FALL
from gradviz.measures.values_of_steps import has_values
from gradviz.vocabulary import LOSS, OUTPUT_SPREAD, TARGET_SPREAD


def predicts_the_mean(recording: xr.DataTree) -> Iterator[Finding]:
    """The outputs of a batch hardly differ, its targets do, and the loss has stopped falling."""
    if not all(has_values(recording, name) for name in (LOSS, OUTPUT_SPREAD, TARGET_SPREAD)):
        return
    found, course = batch_variation(recording), loss_course(recording)
    ratio, output, target = (
        training_amount("batch_variation", found, name) for name in (RATIO, OUTPUT_AT_END, TARGET_AT_END)
    )
    fall = training_amount("loss_course", course, FALL)
    is_early = float(course[COUNTED]) < MIN_LOSSES_OF_MEAN or not fall.value < STILL_FALLING
    if not ratio.value < SAME_OUTPUT or not target.value > 0 or is_early:
        return
    yield Finding(
        kind=kinds.PREDICTS_MEAN,
        severity="warning",
        what=f"For every input the model gives nearly the same output: over a batch the outputs vary by "
        f"{output.value:.2g}, the targets by {target.value:.2g}. The model predicts the mean (for classes: "
        "how often each occurs), a flat line, and the loss no longer falls. So nothing of the input has "
        "been learned so far.",
        where=Place(),
        amounts=(ratio, output, target, fall),
        variables=(OUTPUT_SPREAD, TARGET_SPREAD, LOSS),
        plot="gv.plot_learning_curve(tree)",
        remedy=_remedy(target),
    )


def _remedy(target: Amount) -> Remedy:
    if target.value > LARGE_TARGET:
        return scaled_targets()
    return Remedy(
        "First let the model learn a single batch by heart. If it cannot, the mistake is in the model or its "
        "loss; if it can, in the data, or the training needs more steps.",
        "x, y = next(iter(loader))\n"
        "for _ in range(500):\n"
        "    optimizer.zero_grad()\n"
        "    loss_fn(model(x), y).backward()\n"
        "    optimizer.step()",
    )
