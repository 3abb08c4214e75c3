"""ReLU units that are always zero."""

from __future__ import annotations

from collections.abc import Iterator

from gradviz.diagnosis import kinds
from gradviz.diagnosis.context import DiagnosisContext
from gradviz.diagnosis.extremes import largest
from gradviz.diagnosis.finding import Amount, Finding, Remedy
from gradviz.diagnosis.longer_memory import initialised
from gradviz.diagnosis.percent import percent
from gradviz.diagnosis.thresholds import DEAD, MANY_DEAD, severity
from gradviz.measures.dead_units import DEAD_FRACTION
from gradviz.vocabulary import DIRECTION, GATE, LAYER, UNIT_LEFT


def dead_relu(context: DiagnosisContext) -> Iterator[Finding]:
    """ReLU units are zero at every step of every sequence."""
    worst = _worst(context)
    if worst is None or not worst.value >= MANY_DEAD:
        return
    how_bad = severity(worst.value, DEAD)
    yield Finding(
        kind=kinds.DEAD_RELU,
        severity=how_bad or "note",
        what=f"{percent(worst.value)} of the units{_of_gate(worst)} are exactly zero at every time step of "
        "every sequence. A ReLU unit that is always zero passes no gradient, so training cannot revive it."
        + ("" if how_bad else " The others are enough for many tasks."),
        where=context.place(worst.where[LAYER], worst.where[DIRECTION], worst.where.get(GATE)),
        amounts=(worst,),
        variables=(UNIT_LEFT,),
        plot=context.plot("gate_saturation"),
        remedy=Remedy(
            "Initialise with the identity and biases of 0. If units die during training, lower the learning "
            "rate.",
            f'gv.initialise({context.target}, "identity")',
            (initialised(context, "identity"),),
        )
        if not context.is_observed
        else Remedy(
            "Set the biases before this ReLU to 0 or above. If units die during training, lower the learning "
            "rate.",
            f"bias.data.clamp_(min=0)  # of the pre-activation of {worst.where[GATE]!r}",
        ),
    )


def _of_gate(worst: Amount) -> str:
    return f" of the gate {worst.where[GATE]!r}" if GATE in worst.where else ""


def dead_fraction(context: DiagnosisContext) -> float:
    """Largest fraction of dead units of a layer and direction; 0 for cells without ReLU."""
    worst = _worst(context)
    return 0.0 if worst is None else worst.value


def _worst(context: DiagnosisContext) -> Amount | None:
    cell = context.cell
    if not cell.relu_gates or not context.has_variables(UNIT_LEFT):
        return None
    gates = cell.relu_gates if cell.is_observed else (None,)
    return largest(
        context.amount("dead_units", DEAD_FRACTION, *place, gate=gate)
        for place in context.places
        for gate in gates
    )
