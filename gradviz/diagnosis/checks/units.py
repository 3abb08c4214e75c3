"""Units and gates that are stuck: dead, saturated, closed, frozen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from gradviz.diagnosis import kinds
from gradviz.diagnosis.context import Subject, has, largest
from gradviz.diagnosis.finding import Amount, Finding, Remedy, Severity
from gradviz.diagnosis.thresholds import CLOSED, DEAD, FROZEN, LARGE_INPUT, SATURATED, VANISHING, severity
from gradviz.measures.dead_units import DEAD_SHARE
from gradviz.measures.gradient_across_lag import LOST
from gradviz.measures.input_variation import NORM
from gradviz.measures.saturation import BOTH, LEFT, RIGHT
from gradviz.measures.write_weight import MEDIAN as INTAKE
from gradviz.vocabulary import (
    GATE_LEFT,
    GATE_RIGHT,
    INPUT_NORM,
    KEEPING_GATE,
    UNIT_LEFT,
    UNIT_MEAN,
    UNIT_RIGHT,
)

_SCATTER = "gate_saturation"
_OPEN_OUTPUT = """\
for name, weight in {layer}.named_parameters():
    if name.startswith("bias"):
        weight.data[3 * {layer}.hidden_size :] = 0  # order of the gates: i, f, g, o"""


def dead_share(subject: Subject) -> float:
    """Largest share of dead units of a layer and direction; 0 for what is no relu."""
    if subject.cell != "rnn_relu" or not has(subject, UNIT_LEFT):
        return 0.0
    return largest(_dead_amounts(subject)).value


def _dead_amounts(subject: Subject) -> list[Amount]:
    return [
        subject.amount("dead_units", DEAD_SHARE, layer, direction)
        for layer in subject.layers
        for direction in subject.directions
    ]


def dead_relu(subject: Subject) -> Iterator[Finding]:
    """Rectified units that never answer."""
    if subject.cell != "rnn_relu" or not has(subject, UNIT_LEFT):
        return
    worst = largest(_dead_amounts(subject))
    how_bad = severity(worst.value, DEAD)
    if how_bad is None:
        return
    yield Finding(
        kind=kinds.DEAD_RELU,
        severity=how_bad,
        what=f"{worst.value:.0%} of the units are exactly zero at every step of every sequence. A "
        "rectified unit that is always zero passes no gradient, so training cannot bring it back.",
        where=subject.place(worst.where["layer"], worst.where["direction"]),
        amounts=(worst,),
        variables=(UNIT_LEFT,),
        plot=subject.plot(_SCATTER),
        remedy=Remedy(
            "Start from the identity with biases 0; if units die in training, lower the learning rate.",
            f'gv.initialise({subject.target}, "identity")',
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


def saturated(subject: Subject) -> Iterator[Finding]:
    """Gates that are mostly at one end or the other, as large inputs or weights drive them."""
    two_sided = _two_sided(subject)
    worst = max(two_sided, key=lambda gate: gate.both, default=None)
    if worst is None or worst.both < SATURATED["warning"]:
        return
    loses = _decades_lost(subject) >= VANISHING["trouble"]
    is_trouble = worst.both >= SATURATED["trouble"] or loses
    others = ", ".join(
        sorted({gate.gate for gate in two_sided if gate.both >= SATURATED["warning"]} - {worst.gate})
    )
    amounts = [subject.amount("saturation", BOTH, worst.layer, worst.direction, gate=worst.gate)]
    if has(subject, INPUT_NORM):
        amounts.append(subject.amount("input_variation", NORM))
    yield Finding(
        kind=kinds.SATURATED,
        severity="trouble" if is_trouble else "note",
        what=f"{worst.both:.0%} of the {worst.gate} activations are at one end of their range or the other"
        + (f" (and so are those of {others})" if others else "")
        + ". There the squashing function is flat, so that neither the weights nor earlier steps get much "
        "of the gradient" + ("." if is_trouble else "; here enough comes through."),
        where=subject.place(worst.layer, worst.direction, worst.gate),
        amounts=tuple(amounts),
        variables=(GATE_LEFT, GATE_RIGHT, INPUT_NORM),
        plot=subject.plot(_SCATTER),
        remedy=_smaller(subject),
    )


def _smaller(subject: Subject) -> Remedy:
    features = subject.attributes.get("input_size", 1)
    if has(subject, INPUT_NORM) and subject.value("input_variation", NORM) > LARGE_INPUT * features**0.5:
        return Remedy(
            "The input of this layer is large: scale what it is given to mean 0 and deviation 1; if it grew "
            "in training (an embedding, a layer below), lower the learning rate.",
            "x = (x - x.mean()) / x.std()",
        )
    return Remedy(
        "The input of this layer is not large, so its weights are: draw them again; if they grew in "
        "training, lower the learning rate.",
        f'gv.initialise({subject.target}, "default")',
    )


def is_saturated(subject: Subject) -> bool:
    """Whether some gate is so saturated that what it passes on may round to nothing."""
    return any(gate.both >= SATURATED["trouble"] for gate in _two_sided(subject))


def _two_sided(subject: Subject) -> list[_Gate]:
    return [gate for gate in _gates(subject) if min(gate.left, gate.right) >= gate.both / 5]


def largest_saturation(subject: Subject) -> float:
    """Of all gates; 0 where there is none."""
    return max((gate.both for gate in _gates(subject)), default=0.0)


def closed_gate(subject: Subject) -> Iterator[Finding]:
    """An output gate that lets nothing of the cell be seen; closed keeping gates have their own finding."""
    if subject.cell != "lstm" or not has(subject, GATE_LEFT, GATE_RIGHT):
        return
    worst = max((gate for gate in _gates(subject) if gate.gate == "output"), key=lambda gate: gate.left)
    how_bad = severity(worst.left, CLOSED)
    if how_bad is None or worst.right >= worst.both / 5:
        return
    yield Finding(
        kind=kinds.CLOSED_GATE,
        severity=how_bad,
        what=f"{worst.left:.0%} of the output gate's activations are below .1: what the cell holds is "
        "hardly seen, and hardly any gradient comes in. A trained network may close it until the answer "
        "is due, but not always.",
        where=subject.place(worst.layer, worst.direction, worst.gate),
        amounts=(subject.amount("saturation", LEFT, worst.layer, worst.direction, gate=worst.gate),),
        variables=(GATE_LEFT, UNIT_LEFT),
        plot=subject.plot(_SCATTER),
        remedy=Remedy("Set the output gate's bias back to 0.", _OPEN_OUTPUT.format(layer=subject.layer_code)),
    )


def frozen(subject: Subject) -> Iterator[Finding]:
    """Units that write so little that their state stays what it was."""
    if subject.cell not in KEEPING_GATE or not has(subject, UNIT_MEAN) or subject.length < 2:
        return
    amounts = [
        subject.amount("intake", INTAKE, layer, direction)
        for layer in subject.layers
        for direction in subject.directions
    ]
    worst = min(amounts, key=lambda amount: amount.value)
    if not worst.value * subject.calls < FROZEN:  # the next call may go on with the state
        return
    gate = "input" if subject.cell == "lstm" else "update"
    how = "closed" if subject.cell == "lstm" else "so near 1 that it only keeps"
    how_bad: Severity = "trouble"
    yield Finding(
        kind=kinds.FROZEN,
        severity=how_bad,
        what=f"Half of the units take in {_little(worst.value)} of what comes in all {subject.length} "
        f"steps together: the {gate} gate is {how}. They remember, but there is nothing in them to "
        "remember.",
        where=subject.place(worst.where["layer"], worst.where["direction"], gate),
        amounts=(worst,),
        variables=(UNIT_MEAN, UNIT_LEFT, UNIT_RIGHT),
        plot=subject.plot(_SCATTER),
        remedy=Remedy(
            "Spread the time constants up to the lag that the task needs, no further.",
            f'gv.initialise({subject.target}, "chrono", t_max={max(subject.lag, 2)})',
        ),
    )


def _little(share: float) -> str:
    return f"less than {share:.2g}" if share > 0 else "nothing"


def _gates(subject: Subject) -> list[_Gate]:
    """Every gate with a range to be at the end of: none of relu units, or where none was recorded."""
    if not has(subject, GATE_LEFT, GATE_RIGHT) or subject.cell == "rnn_relu":
        return []
    found = subject.measured("saturation")
    return [
        _Gate(
            layer,
            direction,
            gate,
            subject.value("saturation", LEFT, layer, direction, gate=gate),
            subject.value("saturation", RIGHT, layer, direction, gate=gate),
        )
        for layer in subject.layers
        for direction in subject.directions
        for gate in found["gate"].values.tolist()
    ]


def _decades_lost(subject: Subject) -> float:
    if subject.reach < 1 or subject.sees_many_steps:
        return 0.0
    direction = subject.reading_direction("gradient_across_lag", LOST, subject.layers[0], lag=subject.lag)
    return subject.value("gradient_across_lag", LOST, subject.layers[0], direction, lag=subject.lag)
