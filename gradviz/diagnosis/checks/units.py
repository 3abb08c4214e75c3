"""Units and gates that are stuck: dead, saturated, closed, frozen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from gradviz.diagnosis import kinds
from gradviz.diagnosis.context import DiagnosisContext, has, largest
from gradviz.diagnosis.finding import Amount, Finding, Remedy, Severity
from gradviz.diagnosis.thresholds import CLOSED, DEAD, FROZEN, LARGE_INPUT, SATURATED, VANISHING, severity
from gradviz.measures.dead_units import DEAD_FRACTION
from gradviz.measures.gradient_across_lag import LOST
from gradviz.measures.input_variation import NORM
from gradviz.measures.saturation import BOTH, LEFT, RIGHT
from gradviz.measures.write_weight import MEDIAN as WRITE_WEIGHT
from gradviz.vocabulary import (
    DIRECTION,
    GATE,
    GATE_LEFT,
    GATE_RIGHT,
    INPUT_NORM,
    INPUT_SIZE,
    LAYER,
    UNIT_LEFT,
    UNIT_MEAN,
    UNIT_RIGHT,
)

_SCATTER = "gate_saturation"
_OPEN_OUTPUT = """\
for name, weight in {layer}.named_parameters():
    if name.startswith("bias"):
        weight.data[3 * {layer}.hidden_size :] = 0  # order of the gates: i, f, g, o"""


def dead_fraction(context: DiagnosisContext) -> float:
    """Largest fraction of dead units of a layer and direction; 0 for what is no relu."""
    if not context.cell.is_rectified or not has(context, UNIT_LEFT):
        return 0.0
    return largest(_dead_amounts(context)).value


def _dead_amounts(context: DiagnosisContext) -> list[Amount]:
    return [
        context.amount("dead_units", DEAD_FRACTION, layer, direction)
        for layer in context.layers
        for direction in context.directions
    ]


def dead_relu(context: DiagnosisContext) -> Iterator[Finding]:
    """Rectified units that never answer."""
    if not context.cell.is_rectified or not has(context, UNIT_LEFT):
        return
    worst = largest(_dead_amounts(context))
    how_bad = severity(worst.value, DEAD)
    if how_bad is None:
        return
    yield Finding(
        kind=kinds.DEAD_RELU,
        severity=how_bad,
        what=f"{worst.value:.0%} of the units are exactly zero at every step of every sequence. A "
        "rectified unit that is always zero passes no gradient, so training cannot bring it back.",
        where=context.place(worst.where[LAYER], worst.where[DIRECTION]),
        amounts=(worst,),
        variables=(UNIT_LEFT,),
        plot=context.plot(_SCATTER),
        remedy=Remedy(
            "Start from the identity with biases 0; if units die in training, lower the learning rate.",
            f'gv.initialise({context.target}, "identity")',
        ),
    )


class _Gate(NamedTuple):
    layer: int
    direction: str
    gate: str
    left: float
    right: float

    @property
    def both(self) -> float:
        return self.left + self.right


def saturated(context: DiagnosisContext) -> Iterator[Finding]:
    """Gates that are mostly at one end or the other, as large inputs or weights drive them."""
    two_sided = _two_sided(context)
    worst = max(two_sided, key=lambda gate: gate.both, default=None)
    if worst is None or worst.both < SATURATED["warning"]:
        return
    loses = _decades_lost(context) >= VANISHING["trouble"]
    is_trouble = worst.both >= SATURATED["trouble"] or loses
    others = ", ".join(
        sorted({gate.gate for gate in two_sided if gate.both >= SATURATED["warning"]} - {worst.gate})
    )
    amounts = [context.amount("saturation", BOTH, worst.layer, worst.direction, gate=worst.gate)]
    if has(context, INPUT_NORM):
        amounts.append(context.amount("input_variation", NORM))
    yield Finding(
        kind=kinds.SATURATED,
        severity="trouble" if is_trouble else "note",
        what=f"{worst.both:.0%} of the {worst.gate} activations are at one end of their range or the other"
        + (f" (and so are those of {others})" if others else "")
        + ". There the squashing function is flat, so that neither the weights nor earlier steps get much "
        "of the gradient" + ("." if is_trouble else "; here enough comes through."),
        where=context.place(worst.layer, worst.direction, worst.gate),
        amounts=tuple(amounts),
        variables=(GATE_LEFT, GATE_RIGHT, INPUT_NORM),
        plot=context.plot(_SCATTER),
        remedy=_smaller(context),
    )


def _smaller(context: DiagnosisContext) -> Remedy:
    features = context.attributes.get(INPUT_SIZE, 1)
    if has(context, INPUT_NORM) and context.value("input_variation", NORM) > LARGE_INPUT * features**0.5:
        return Remedy(
            "The input of this layer is large: scale what it is given to mean 0 and deviation 1; if it grew "
            "in training (an embedding, a layer below), lower the learning rate.",
            "x = (x - x.mean()) / x.std()",
        )
    return Remedy(
        "The input of this layer is not large, so its weights are: draw them again; if they grew in "
        "training, lower the learning rate.",
        f'gv.initialise({context.target}, "default")',
    )


def is_saturated(context: DiagnosisContext) -> bool:
    """Whether some gate is so saturated that what it passes on may round to nothing."""
    return any(gate.both >= SATURATED["trouble"] for gate in _two_sided(context))


def _two_sided(context: DiagnosisContext) -> list[_Gate]:
    return [gate for gate in _gates(context) if min(gate.left, gate.right) >= gate.both / 5]


def largest_saturation(context: DiagnosisContext) -> float:
    """Of all gates; 0 where there is none."""
    return max((gate.both for gate in _gates(context)), default=0.0)


def closed_gate(context: DiagnosisContext) -> Iterator[Finding]:
    """An output gate that lets nothing of the cell be seen; closed keeping gates have their own finding."""
    if "output" not in context.cell.gates or not has(context, GATE_LEFT, GATE_RIGHT):
        return
    worst = max((gate for gate in _gates(context) if gate.gate == "output"), key=lambda gate: gate.left)
    how_bad = severity(worst.left, CLOSED)
    if how_bad is None or worst.right >= worst.both / 5:
        return
    yield Finding(
        kind=kinds.CLOSED_GATE,
        severity=how_bad,
        what=f"{worst.left:.0%} of the output gate's activations are below .1: what the cell holds is "
        "hardly seen, and hardly any gradient comes in. A trained network may close it until the answer "
        "is due, but not always.",
        where=context.place(worst.layer, worst.direction, worst.gate),
        amounts=(context.amount("saturation", LEFT, worst.layer, worst.direction, gate=worst.gate),),
        variables=(GATE_LEFT, UNIT_LEFT),
        plot=context.plot(_SCATTER),
        remedy=Remedy("Set the output gate's bias back to 0.", _OPEN_OUTPUT.format(layer=context.layer_code)),
    )


def frozen(context: DiagnosisContext) -> Iterator[Finding]:
    """Units that write so little that their state stays what it was."""
    if context.cell.writes is None or not has(context, UNIT_MEAN) or context.length < 2:
        return
    amounts = [
        context.amount("write_weight", WRITE_WEIGHT, layer, direction)
        for layer in context.layers
        for direction in context.directions
    ]
    worst = min(amounts, key=lambda amount: amount.value)
    if not worst.value * context.calls < FROZEN:  # the next call may go on with the state
        return
    gate = context.cell.writes
    how = "so near 1 that it only keeps" if gate == context.cell.keeps else "closed"
    how_bad: Severity = "trouble"
    yield Finding(
        kind=kinds.FROZEN,
        severity=how_bad,
        what=f"Half of the units take in {_little(worst.value)} of what comes in all {context.length} "
        f"steps together: the {gate} gate is {how}. They remember, but there is nothing in them to "
        "remember.",
        where=context.place(worst.where[LAYER], worst.where[DIRECTION], gate),
        amounts=(worst,),
        variables=(UNIT_MEAN, UNIT_LEFT, UNIT_RIGHT),
        plot=context.plot(_SCATTER),
        remedy=Remedy(
            "Spread the time constants up to the lag that the task needs, no further.",
            f'gv.initialise({context.target}, "chrono", t_max={max(context.lag, 2)})',
        ),
    )


def _little(fraction: float) -> str:
    return f"less than {fraction:.2g}" if fraction > 0 else "nothing"


def _gates(context: DiagnosisContext) -> list[_Gate]:
    """Every gate with a range to be at the end of: none of relu units, or where none was recorded."""
    if not has(context, GATE_LEFT, GATE_RIGHT) or context.cell.is_rectified:
        return []
    found = context.measured("saturation")
    return [
        _Gate(
            layer,
            direction,
            gate,
            context.value("saturation", LEFT, layer, direction, gate=gate),
            context.value("saturation", RIGHT, layer, direction, gate=gate),
        )
        for layer in context.layers
        for direction in context.directions
        for gate in found[GATE].values.tolist()
    ]


def _decades_lost(context: DiagnosisContext) -> float:
    if context.reach < 1 or context.sees_many_steps:
        return 0.0
    direction = context.reading_direction("gradient_across_lag", LOST, context.layers[0], lag=context.lag)
    return context.value("gradient_across_lag", LOST, context.layers[0], direction, lag=context.lag)
