"""A gate of a recurrence written by hand that is always open."""

from __future__ import annotations

from collections.abc import Iterator

from gradviz.diagnosis import kinds
from gradviz.diagnosis.context import DiagnosisContext
from gradviz.diagnosis.finding import Finding, Remedy
from gradviz.diagnosis.longer_memory import bias_of
from gradviz.diagnosis.percent import percent
from gradviz.diagnosis.thresholds import ALWAYS_OPEN
from gradviz.measures.saturation import RIGHT
from gradviz.vocabulary import GATE_RIGHT, UNIT_RIGHT


def open_gate(context: DiagnosisContext) -> Iterator[Finding]:
    """A sigmoid that lets everything pass; which one keeps the state, and may do so, must be known."""
    keeps = context.cell.keeps
    if not context.is_observed or keeps is None or not context.has_variables(GATE_RIGHT):
        return
    for layer, direction in context.places:
        for gate in context.cell.sigmoid_gates:
            if gate == keeps or context.value("saturation", RIGHT, layer, direction, gate=gate) < ALWAYS_OPEN:
                continue
            amount = context.amount("saturation", RIGHT, layer, direction, gate=gate)
            yield Finding(
                kind=kinds.OPEN_GATE,
                severity="note",
                what=f"{percent(amount.value)} of the {gate} gate's activations are above 0.9. It lets "
                "everything pass and selects nothing, and hardly any gradient passes back through it, so it "
                "learns slowly.",
                where=context.place(layer, direction, gate),
                amounts=(amount,),
                variables=(GATE_RIGHT, UNIT_RIGHT),
                plot=context.plot("gate_saturation"),
                remedy=Remedy(
                    "Unless it is meant to be open, lower its bias.",
                    f"bias.data.fill_(0.0)  # bias: {bias_of(gate)}",
                ),
            )
