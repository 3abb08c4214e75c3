"""Losses, states, inputs and gradients that are infinite or not a number."""

from __future__ import annotations

from collections.abc import Iterator

import xarray as xr

from gradviz.diagnosis import kinds
from gradviz.diagnosis.finding import Finding, Remedy
from gradviz.diagnosis.first_not_finite import FirstNotFinite, first_not_finite
from gradviz.diagnosis.percent import percent
from gradviz.measures.not_finite import GRADIENTS, INPUTS, STATES
from gradviz.vocabulary import INPUT_NORM, LOG10_GRAD_H, LOSS, STATE_H

_VARIABLES = {
    INPUTS: (INPUT_NORM, STATE_H),
    STATES: (STATE_H,),
    GRADIENTS: (LOG10_GRAD_H,),
    LOSS: (LOSS,),
}


def not_finite(recording: xr.DataTree) -> Iterator[Finding]:
    """The first value that is infinite or NaN; what comes after it follows from it."""
    bad = first_not_finite(recording)
    if bad is None:
        return
    yield Finding(
        kind=kinds.NOT_FINITE,
        severity="trouble",
        what=f"{_first(bad)} {_where_from(bad)} Every update made from such values destroys the weights.",
        where=bad.where,
        amounts=() if bad.amount is None else (bad.amount,),
        variables=_VARIABLES[bad.what],
        plot="gv.plot_learning_curve(tree)" if bad.what == LOSS else "",
        remedy=_remedy(bad),
        since=bad.step,
    )


def _first(bad: FirstNotFinite) -> str:
    kind = "infinite" if bad.is_infinite else "infinite or not a number (NaN)"
    if bad.what == LOSS:
        before = ", the first" if bad.is_first_recorded else ", and was finite before"
        return f"The loss is {kind} at training step {bad.step}{before}."
    subject = {INPUTS: "The input", STATES: "The state", GRADIENTS: "The gradient"}[bad.what]
    place = f"{subject} of {bad.where.module} is {kind} at training step {bad.step}"
    if bad.time is not None:
        place += f", first at time step {bad.time} of sequence {bad.sample}"
    fraction = "" if bad.amount is None else f" ({percent(bad.amount.value)} of the values in that step)"
    before = "" if bad.is_first_recorded else ", and everything recorded before is finite"
    return f"{place}{fraction}{before}."


def _where_from(bad: FirstNotFinite) -> str:
    if bad.what == LOSS:
        return (
            "The states of that step, where it was recorded, are finite: so it arises between them and the "
            "loss, in a division, a logarithm or an exponential, or in the target."
        )
    if bad.what == GRADIENTS:
        return (
            "Its input and states are finite: so it arises on the way back from the loss, in a square root "
            "or a norm of 0, a logarithm of 0, or a division, or the gradient overflows."
        )
    if bad.what == STATES:
        return "Its input is finite: so its weights are not, or the state overflows within the sequence."
    if bad.amount is not None and bad.amount.value < 1:
        return "The rest of the input is finite: so it is in the data of that batch."
    return (
        "All of the input is so: either the data are, or what computes it from them (an embedding, a layer)."
    )


def _remedy(bad: FirstNotFinite) -> Remedy:
    if bad.what == INPUTS:
        return Remedy(
            "Find the values in the data and repair or leave out what holds them, before the model reads it.",
            "print((~torch.isfinite(x)).nonzero())  # the places of the values, in x of that batch",
        )
    if bad.what == STATES:
        return Remedy(
            "See which weights are not finite. If none is, the recurrence itself grows beyond the range of "
            "the numbers.",
            "print([name for name, weight in model.named_parameters() if not torch.isfinite(weight).all()])",
        )
    return Remedy(
        "Let PyTorch name the operation that makes it, then keep its argument away from 0.",
        "torch.autograd.set_detect_anomaly(True)  # slow: only until the operation is found",
    )
