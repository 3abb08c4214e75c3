"""A recording of forward passes only, in which no gradient can be seen."""

from __future__ import annotations

from collections.abc import Iterator

from gradviz.diagnosis import kinds
from gradviz.diagnosis.context import DiagnosisContext
from gradviz.diagnosis.finding import Finding, Remedy
from gradviz.vocabulary import STATE_H


def gradients_unseen(context: DiagnosisContext) -> Iterator[Finding]:
    """Only gates and states were recorded, so nothing is said about gradients."""
    if context.has_gradients:
        return
    yield Finding(
        kind=kinds.GRADIENTS_UNSEEN,
        severity="note",
        what="Only gates and states were recorded (detail='forward'). Whether a gradient arrives, vanishes "
        "or explodes cannot be seen in this recording, and this diagnosis says nothing about it.",
        where=context.place(),
        amounts=(),
        variables=(STATE_H,),
        plot=context.plot("gate_saturation") if context.cell.gates else "",
        remedy=Remedy(
            "For the gradients, record a training step with its backward pass.",
            "with gv.record(model, detail='norms') as tape:\n    loss_fn(model(x), y).backward()",
        ),
    )
