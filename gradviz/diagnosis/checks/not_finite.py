"""Losses, states and gradients that are infinite or not a number."""

from __future__ import annotations

from collections.abc import Iterator

import xarray as xr

from gradviz.diagnosis import kinds
from gradviz.diagnosis.context import DiagnosisContext, largest
from gradviz.diagnosis.finding import Finding, Place, Remedy, training_amount
from gradviz.measures.not_finite import FIRST, GRADIENTS, INPUTS, LOSSES, STATES, finite_losses
from gradviz.vocabulary import DIRECTION, LAYER, LOG10_GRAD_H, LOSS, STATE_H

_FIND_IT = """\
assert torch.isfinite(x).all()
torch.autograd.set_detect_anomaly(True)
torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)"""


def not_finite(context: DiagnosisContext) -> Iterator[Finding]:
    """States or gradients are infinite or not a number."""
    worst = largest(
        context.amount("not_finite", variable, *place)
        for variable in ((STATES, GRADIENTS) if context.has_gradients else (STATES,))
        for place in context.places
    )
    if not worst.value > 0:
        return
    what = "states" if worst.variable == STATES else "gradients"
    inputs = context.amount("not_finite", INPUTS) if INPUTS in context.measured("not_finite") else None
    if inputs is not None and not inputs.value > 0:
        inputs = None
    yield Finding(
        kind=kinds.NOT_FINITE,
        severity="trouble",
        what=f"{worst.value:.0%} of the {what} are infinite or not a number (NaN), so every update made from "
        "them destroys the weights."
        + ("" if inputs is None else f" The cause is the input: {inputs.value:.1%} of it is not finite."),
        where=context.place(worst.where.get(LAYER), worst.where.get(DIRECTION)),
        amounts=(worst,) if inputs is None else (worst, inputs),
        variables=(STATE_H, LOG10_GRAD_H) if context.has_gradients else (STATE_H,),
        plot=context.plot("gradient_heatmap") if context.has_gradients else "",
        remedy=Remedy(
            "Find the first NaN. It may come from the input, from a division or logarithm in the loss, or "
            "from a learning rate that is too high.",
            _FIND_IT,
        ),
    )


def losses_not_finite(recording: xr.DataTree) -> Iterator[Finding]:
    """The loss became infinite or NaN."""
    if LOSS not in recording.data_vars:
        return
    found = finite_losses(recording)
    fraction, first = (training_amount("finite_losses", found, name) for name in (LOSSES, FIRST))
    if not fraction.value > 0:
        return
    yield Finding(
        kind=kinds.NOT_FINITE,
        severity="trouble",
        what=f"The loss is infinite or not a number (NaN), first at training step {first.value:.0f}. Every "
        "update after that destroys the weights.",
        where=Place(),
        amounts=(fraction, first),
        variables=(LOSS,),
        plot="gv.plot_learning_curve(tree)",
        remedy=Remedy(
            "Lower the learning rate or clip the gradient. If it happens at the first step already, check "
            "the data.",
            "torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)",
        ),
    )
