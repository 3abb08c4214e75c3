"""Weights that are not trained."""

from __future__ import annotations

from collections.abc import Iterator

from gradviz.diagnosis import kinds
from gradviz.diagnosis.context import DiagnosisContext
from gradviz.diagnosis.finding import Change, Finding, Remedy
from gradviz.vocabulary import TRAINABLE


def frozen_weights(context: DiagnosisContext) -> Iterator[Finding]:
    """No weight of the module is trained."""
    if context.attributes.get(TRAINABLE, 1):
        return
    yield Finding(
        kind=kinds.FROZEN_WEIGHTS,
        severity="note",
        what="No weight of this layer needs a gradient (requires_grad is False), so training does not change "
        "the layer. If another finding advises initialising its weights, that would overwrite what it "
        "has learned.",
        where=context.place(),
        amounts=(),
        variables=(),
        plot="",
        remedy=Remedy(
            "If the layer was meant to be trained, turn its gradients on.",
            f"{context.layer_code}.requires_grad_(True)",
            (Change("unfreeze", {"module": context.module}),),
        ),
    )
