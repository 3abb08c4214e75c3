"""Whether the recording says anything, and whether it can be believed."""

from __future__ import annotations

from collections.abc import Iterator

import xarray as xr

from gradviz.diagnosis import kinds
from gradviz.diagnosis.context import DiagnosisContext, largest
from gradviz.diagnosis.finding import Finding, Place, Remedy
from gradviz.diagnosis.thresholds import FAR_BEYOND
from gradviz.measures.not_finite import GRADIENTS, INPUTS, STATES
from gradviz.vocabulary import (
    COMPUTE_DTYPE,
    DIRECTION,
    DTYPE,
    LAYER,
    LOG10_GRAD_H,
    NOTHING_RECORDED,
    PROBE_INPUT,
    REPLAY_ERROR,
    STATE_H,
    TRAINABLE,
    replay_error_limit,
)

_FIND_IT = """\
assert torch.isfinite(x).all()
torch.autograd.set_detect_anomaly(True)
torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)"""
_RECORD = Remedy(
    "Call the model and the loss's backward() while the recording runs.",
    "with gv.record(model) as tape:\n    loss_fn(model(x), y).backward()",
)
_CUT = Remedy(
    "Follow the way from the layer's output to the model's, and take out what cuts it.",
    "assert output.grad_fn is not None  # at every stage between the layer and the loss",
)


def nothing_recorded(recording: xr.DataTree) -> Finding:
    """The finding of a recording that holds no module."""
    said = recording.attrs.get(NOTHING_RECORDED)
    reason = f": {str(said).removeprefix('nothing is recorded yet: ')}" if said else ""
    return Finding(
        kind=kinds.NOTHING_RECORDED,
        severity="trouble",
        what=f"No gradient came through a recurrent layer while it was recorded{reason}. The layer was "
        "not called, or ran under torch.no_grad(), or its output does not enter the loss, or is cut off from "
        "it by .detach() or .data.",
        where=Place("model"),
        amounts=(),
        variables=(LOG10_GRAD_H,),
        plot="",
        remedy=_CUT if PROBE_INPUT in recording.attrs else _RECORD,
    )


def replay_error(context: DiagnosisContext) -> Iterator[Finding]:
    """The states that were calculated again are not those of the model."""
    limit = replay_error_limit(str(context.attributes.get(COMPUTE_DTYPE, context.attributes.get(DTYPE))))
    amount = context.amount("replay_error", REPLAY_ERROR)
    if amount.value <= limit:
        return
    is_rounding = amount.value <= FAR_BEYOND * limit
    yield Finding(
        kind=kinds.REPLAY_ERROR,
        severity="note" if is_rounding else "trouble",
        what=f"Calculated again, the states differ from the model's own by {amount.value:.1e}, where "
        f"{limit:.0e} is usual. "
        + (
            "Large weights make rounding as large as that; the gradients are that much less exact."
            if is_rounding
            else "The layer does something that the recorder does not know: do not believe its gradients."
        ),
        where=context.place(),
        amounts=(amount,),
        variables=(REPLAY_ERROR,),
        plot="",
        remedy=Remedy(
            "See whether it is the precision, by recording the model in double; if it stays, the layer "
            "is not PyTorch's own cell: observe its states by hand.",
            "model.double()\n# or, in the loop: tape.observe('mine', h, time=t)",
        ),
    )


def not_finite(context: DiagnosisContext) -> Iterator[Finding]:
    """States or gradients that are infinite or no number."""
    amounts = [
        context.amount("not_finite", variable, layer, direction)
        for variable in (STATES, GRADIENTS)
        for layer in context.layers
        for direction in context.directions
    ]
    worst = largest(amounts)
    if not worst.value > 0:
        return
    what = "states" if worst.variable == STATES else "gradients"
    inputs = context.amount("not_finite", INPUTS) if INPUTS in context.measured("not_finite") else None
    comes_in = inputs is not None and inputs.value > 0
    yield Finding(
        kind=kinds.NOT_FINITE,
        severity="trouble",
        what=f"{worst.value:.0%} of the {what} are infinite or not a number (NaN), so every update made "
        "from them destroys weights."
        + (f" It comes in with the input, of which {inputs.value:.1%} is so." if comes_in and inputs else ""),
        where=context.place(worst.where.get(LAYER), worst.where.get(DIRECTION)),
        amounts=(worst, inputs) if comes_in and inputs else (worst,),
        variables=(STATE_H, LOG10_GRAD_H),
        plot=context.plot("gradient_heatmap"),
        remedy=Remedy(
            "Look for the first NaN: in the input, in a division or logarithm of the loss, or from too "
            "high a learning rate.",
            _FIND_IT,
        ),
    )


def frozen_weights(context: DiagnosisContext) -> Iterator[Finding]:
    """Nothing in the module can be trained."""
    if context.attributes.get(TRAINABLE, 1):
        return
    yield Finding(
        kind=kinds.FROZEN_WEIGHTS,
        severity="note",
        what="No weight of this layer needs a gradient (requires_grad is False): it stays as it is. "
        "What is advised for its weights would overwrite what it has learned.",
        where=context.place(),
        amounts=(),
        variables=(),
        plot="",
        remedy=Remedy("If it was meant to be trained:", f"{context.layer_code}.requires_grad_(True)"),
    )
