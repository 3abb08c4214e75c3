"""Whether clipping is the rule instead of the exception."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import xarray as xr

from gradviz.diagnosis import kinds
from gradviz.diagnosis.finding import Amount, Finding, Place, Remedy
from gradviz.diagnosis.thresholds import CLIPPED, FEWEST_STEPS, severity
from gradviz.measures.clipping import COUNTED, FRACTION, MEDIAN_FACTOR, clipping
from gradviz.measures.not_finite import FIRST, LOSSES, finite_losses
from gradviz.vocabulary import GRAD_NORM, GRAD_NORM_CLIPPED, LOSS


def clipped(recording: xr.DataTree) -> Iterator[Finding]:
    """The gradient's norm is cut at nearly every training step."""
    if GRAD_NORM not in recording.data_vars or GRAD_NORM_CLIPPED not in recording.data_vars:
        return
    found = clipping(recording)
    fraction = _amount("clipping", found, FRACTION)
    how_bad = severity(fraction.value, CLIPPED)
    if how_bad is None or float(found[COUNTED]) < FEWEST_STEPS:
        return
    factor = _amount("clipping", found, MEDIAN_FACTOR)
    norms = recording[GRAD_NORM]
    norm = float(norms.where(np.isfinite(norms)).median())
    yield Finding(
        kind=kinds.CLIPPING,
        severity=how_bad,
        what=f"The gradient was clipped at {fraction.value:.0%} of the training steps, to {factor.value:.2g} "
        "of its length in the median. The step then always has the same length, whatever the loss says: "
        "the limit, not the gradient, sets the learning rate.",
        where=Place(),
        amounts=(fraction, factor),
        variables=(GRAD_NORM, GRAD_NORM_CLIPPED),
        plot="gv.plot_learning_curve(tree)",
        remedy=Remedy(
            "Raise the limit above the usual norm, so that it catches only the outliers, or lower the "
            "learning rate.",
            f"torch.nn.utils.clip_grad_norm_(model.parameters(), {_round_up(2 * norm):g})",
        ),
    )


def losses_not_finite(recording: xr.DataTree) -> Iterator[Finding]:
    """The loss became infinite or NaN."""
    if LOSS not in recording.data_vars:
        return
    found = finite_losses(recording)
    fraction, first = _amount("finite_losses", found, LOSSES), _amount("finite_losses", found, FIRST)
    if not fraction.value > 0:
        return
    yield Finding(
        kind=kinds.NOT_FINITE,
        severity="trouble",
        what=f"The loss is infinite or not a number (NaN), first at training step {first.value:.0f}. "
        "Every update after that destroys weights.",
        where=Place(),
        amounts=(fraction, first),
        variables=(LOSS,),
        plot="gv.plot_learning_curve(tree)",
        remedy=Remedy(
            "Lower the learning rate or clip the gradient; if it is the first step already, look at the "
            "data.",
            "torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)",
        ),
    )


def _amount(function: str, found: xr.Dataset, variable: str) -> Amount:
    values = found[variable]
    return Amount(values.attrs["long_name"], float(values), values.attrs["units"], function, variable)


def _round_up(value: float) -> float:
    """To one digit."""
    digits = f"{value:.0e}".split("e")
    rounded = float(f"{digits[0]}e{digits[1]}")
    return rounded if rounded >= value else rounded + 10.0 ** int(digits[1])
