"""Gradients that are below the range of the float type."""

from __future__ import annotations

from collections.abc import Iterator

from gradviz.diagnosis import kinds
from gradviz.diagnosis.context import DiagnosisContext
from gradviz.diagnosis.extremes import largest
from gradviz.diagnosis.finding import Finding, Remedy
from gradviz.diagnosis.percent import percent
from gradviz.measures.underflow_fraction import FRACTION
from gradviz.vocabulary import DIRECTION, DTYPE, LAYER, LOG10_GRAD_H, UNDERFLOW


def below_float_range(context: DiagnosisContext) -> Iterator[Finding]:
    """Training sees zeros where there is a gradient."""
    if not context.has_variables(UNDERFLOW):
        return
    worst = largest(context.amount("underflow_fraction", FRACTION, *place) for place in context.places)
    if not worst.value > 0:
        return
    dtype = context.attributes.get(DTYPE, "its float type")
    yield Finding(
        kind=kinds.BELOW_RANGE,
        severity="warning",
        what=f"At {percent(worst.value)} of the time steps the gradient is below the range of {dtype}. "
        "Training sees zeros there, or numbers with only a few bits of precision. Such numbers also slow "
        "it down.",
        where=context.place(worst.where[LAYER], worst.where[DIRECTION]),
        amounts=(worst,),
        variables=(UNDERFLOW, LOG10_GRAD_H),
        plot=context.plot("gradient_heatmap"),
        remedy=Remedy(
            "A longer memory solves this. Until then, treat such numbers as zero, which is faster.",
            "torch.set_flush_denormal(True)",
        )
        if dtype in ("float32", "float64")
        else Remedy("Train in float32, or scale the loss.", "scaler = torch.amp.GradScaler()"),
    )
