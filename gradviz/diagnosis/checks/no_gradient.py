"""No gradient at all, in the whole recording or in one module."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import xarray as xr

from gradviz.diagnosis import kinds
from gradviz.diagnosis.context import DiagnosisContext
from gradviz.diagnosis.extremes import largest
from gradviz.diagnosis.finding import Finding, Place, Remedy
from gradviz.measures.gradient_reach import SEQUENCES_REACHED
from gradviz.vocabulary import LOG10_GRAD_H, LOG10_GRAD_H_DIRECT, NOTHING_RECORDED, PROBE_INPUT

_HAS_GRADIENT = "assert output.grad_fn is not None  # at every stage between the layer and the loss"
_RECORD = Remedy(
    "Call the model and the backward pass of the loss inside the recording.",
    "with gv.record(model) as tape:\n    loss_fn(model(x), y).backward()",
)
_RECONNECT_OUTPUT = Remedy(
    "Follow the path from the layer's output to the model's output, and remove what cuts it.", _HAS_GRADIENT
)
_RECONNECT_LOSS = Remedy(
    "Follow the path from the layer's output to the loss, and remove what cuts it.", _HAS_GRADIENT
)


def nothing_recorded(recording: xr.DataTree) -> Finding:
    """The finding for a recording without any gradient."""
    given = recording.attrs.get(NOTHING_RECORDED)
    reason = f": {given}" if given else ""
    return Finding(
        kind=kinds.NOTHING_RECORDED,
        severity="trouble",
        what=f"No gradient reached a recurrent layer during the recording{reason}. Either the layer was "
        "not called, or it ran under torch.no_grad(), or its output does not enter the loss, or .detach() or "
        ".data cuts its output off from the loss.",
        where=Place("model"),
        amounts=(),
        variables=(LOG10_GRAD_H,),
        plot="",
        remedy=_RECONNECT_OUTPUT if PROBE_INPUT in recording.attrs else _RECORD,
    )


def no_gradient(context: DiagnosisContext) -> Iterator[Finding]:
    """The module was called, but no recorded sequence receives any gradient."""
    if context.is_observed:
        yield from _none_observed(context)
        return
    if not context.has_direct:
        return
    reached = [context.amount("gradient_reach", SEQUENCES_REACHED, *place) for place in context.places]
    if largest(reached).value > 0:
        return
    amount = context.amount("gradient_reach", SEQUENCES_REACHED, context.layers[-1], context.directions[0])
    yield Finding(
        kind=kinds.NO_GRADIENT,
        severity="trouble",
        what="The gradient at this module is exactly zero, so the module cannot learn. Either its output "
        "does not enter the loss, or .detach(), .data, torch.no_grad() or a rounding such as argmax cuts it "
        "off from the loss, or what follows passes no gradient (a ReLU that is always zero, a factor of 0).",
        where=context.place(),
        amounts=(amount,),
        variables=(LOG10_GRAD_H_DIRECT, LOG10_GRAD_H),
        plot=context.plot("gradient_norms"),
        remedy=_RECONNECT_LOSS,
    )


def _none_observed(context: DiagnosisContext) -> Iterator[Finding]:
    """No gradient has reached any state of a recurrence written by hand."""
    if bool((context.dataset[LOG10_GRAD_H] > -np.inf).any()):
        return
    yield Finding(
        kind=kinds.NO_GRADIENT,
        severity="trouble",
        what="The gradient at every state of this recurrence is exactly zero. Either its states do not enter "
        "the loss, or .detach(), .data, torch.no_grad() or a rounding such as argmax cuts them off from it, "
        "or the tensors that tape.observe was given are not those that the loop goes on with.",
        where=context.place(),
        amounts=(),
        variables=(LOG10_GRAD_H,),
        plot=context.plot("gradient_norms"),
        remedy=Remedy(
            "Observe the state itself, after the line that computes it, and let the loss read its result.",
            "h = step(x_t, h)\ntape.observe('mine', h, time=t)",
        ),
    )
