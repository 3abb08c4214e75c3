"""Gates that are saturated or closed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from gradviz.diagnosis import kinds
from gradviz.diagnosis.context import DiagnosisContext
from gradviz.diagnosis.diagnosed_step import diagnosed_step, recorded_steps
from gradviz.diagnosis.finding import Change, Finding, Remedy
from gradviz.diagnosis.longer_memory import bias_of, initialised, weight_of
from gradviz.diagnosis.percent import percent
from gradviz.diagnosis.scaled_data import scaled_data
from gradviz.diagnosis.thresholds import CLOSED, LARGE_INPUT, SATURATED, TWO_SIDED, VANISHING, severity
from gradviz.measures.input_variation import NORM
from gradviz.measures.saturation import BOTH, LEFT, RIGHT, saturation
from gradviz.vocabulary import (
    DIRECTION,
    GATE,
    GATE_LEFT,
    GATE_RIGHT,
    INPUT_NORM,
    INPUT_SIZE,
    LAYER,
    STEP,
    UNIT_LEFT,
)

_OUTPUT = "output"
_OPEN_OUTPUT = """\
for name, weight in {layer}.named_parameters():
    if name.startswith("bias"):
        weight.data[3 * {layer}.hidden_size :] = 0  # order of the gates: i, f, g, o"""


class _Gate(NamedTuple):
    """A gate, and the fractions of its activations that are saturated on the left and on the right."""

    layer: int
    direction: str
    gate: str
    left: float
    right: float

    @property
    def both(self) -> float:
        return self.left + self.right

    @property
    def is_two_sided(self) -> bool:
        return min(self.left, self.right) >= TWO_SIDED * self.both


def saturated(context: DiagnosisContext) -> Iterator[Finding]:
    """Gates are mostly at one end of their range or the other, because inputs or weights are large."""
    two_sided = _two_sided(context)
    worst = max(two_sided, key=lambda gate: gate.both, default=None)
    if worst is None or worst.both < SATURATED["warning"]:
        return
    lost = context.gradient_lost
    vanishes = lost is not None and lost.value >= VANISHING["trouble"]
    is_trouble = worst.both >= SATURATED["trouble"] or vanishes
    others = ", ".join(
        sorted({gate.gate for gate in two_sided if gate.both >= SATURATED["warning"]} - {worst.gate})
    )
    amounts = [context.amount("saturation", BOTH, worst.layer, worst.direction, gate=worst.gate)]
    if context.has_variables(INPUT_NORM):
        amounts.append(context.amount("input_variation", NORM))
    yield Finding(
        kind=kinds.SATURATED,
        severity="trouble" if is_trouble else "note",
        what=f"{percent(worst.both)} of the {worst.gate} activations are at one end of their range or the "
        "other"
        + (f" (also saturated: {others})" if others else "")
        + ". The activation function is flat there"
        + _effect_on_gradient(context, is_trouble=is_trouble),
        where=context.place(worst.layer, worst.direction, worst.gate),
        amounts=tuple(amounts),
        variables=(GATE_LEFT, GATE_RIGHT, INPUT_NORM),
        plot=context.plot("gate_saturation"),
        remedy=_remedy(context, worst) if is_trouble else Remedy("", ""),
    )


def _effect_on_gradient(context: DiagnosisContext, *, is_trouble: bool) -> str:
    if not context.has_gradients:
        return "."
    enough = "" if is_trouble else " Here, enough gradient still passes through."
    return f", so little gradient reaches the weights and the earlier time steps.{enough}"


def _remedy(context: DiagnosisContext, worst: _Gate) -> Remedy:
    if context.is_observed:
        return _smaller_by_hand(worst.gate)
    if has_large_input(context):
        return scaled_data(context.recording)
    before = _saturated_at_first_step(context, worst)
    if before is not None and before < SATURATED["warning"]:
        return Remedy(
            f"At the first recorded step {percent(before)} were, so the weights have grown in training. "
            "Train anew with a lower learning rate.",
            'for group in optimizer.param_groups:  # once, before training\n    group["lr"] *= 0.1',
            (Change("lower_learning_rate", {"factor": 0.1}),),
        )
    return Remedy(
        "The input of this layer is not large, so its weights are. Initialise them again.",
        f'gv.initialise({context.target}, "default")',
        (initialised(context, "default"),),
    )


def _saturated_at_first_step(context: DiagnosisContext, gate: _Gate) -> float | None:
    """The fraction that was saturated at the first recorded step; None if that is the one diagnosed."""
    first = recorded_steps(context.recording.children[context.module].to_dataset(inherit=False))[0]
    if first == context.dataset[STEP].item():
        return None
    found = saturation(diagnosed_step(context.recording, context.module, step=first))[BOTH]
    return float(found.sel({LAYER: gate.layer, DIRECTION: gate.direction, GATE: gate.gate}).item())


def _smaller_by_hand(gate: str) -> Remedy:
    return Remedy(
        "Either what this gate reads or its weights are large. Scale its input to mean 0 and standard "
        "deviation 1, and initialise its weights again. If they grew during training, lower the learning "
        "rate.",
        f"torch.nn.init.xavier_uniform_(weight.data)  # weight: {weight_of(gate)}",
    )


def has_large_input(context: DiagnosisContext) -> bool:
    """Whether the numbers of the input are typically larger than usual."""
    return context.has_variables(INPUT_NORM) and typical_input(context) > LARGE_INPUT


def typical_input(context: DiagnosisContext) -> float:
    """Typical size of the numbers of the input: their norm over the root of the number of features."""
    features = context.attributes.get(INPUT_SIZE, 1)
    return context.value("input_variation", NORM) / float(features**0.5)


def closed_gate(context: DiagnosisContext) -> Iterator[Finding]:
    """The output gate is nearly always closed; a gate that keeps the state has its own finding."""
    if context.is_observed:
        yield from _closed_by_hand(context)
        return
    gates = [gate for gate in _gates(context) if gate.gate == _OUTPUT]
    worst = max(gates, key=lambda gate: gate.left, default=None)
    how_bad = None if worst is None else severity(worst.left, CLOSED)
    if worst is None or how_bad is None or worst.right >= TWO_SIDED * worst.both:
        return
    yield Finding(
        kind=kinds.CLOSED_GATE,
        severity=how_bad,
        what=f"{percent(worst.left)} of the output gate's activations are below 0.1. Almost nothing of the "
        "cell state reaches the output"
        + (", and hardly any gradient reaches the cell state" if context.has_gradients else "")
        + ". A trained network may close this gate until the answer is due, but not all of the time.",
        where=context.place(worst.layer, worst.direction, worst.gate),
        amounts=(context.amount("saturation", LEFT, worst.layer, worst.direction, gate=worst.gate),),
        variables=(GATE_LEFT, UNIT_LEFT),
        plot=context.plot("gate_saturation"),
        remedy=Remedy(
            "Reset the output gate's bias to 0.",
            _OPEN_OUTPUT.format(layer=context.layer_code),
            (Change("open_output_gate", {"module": context.module}),),
        ),
    )


def _closed_by_hand(context: DiagnosisContext) -> Iterator[Finding]:
    """Gates of a recurrence written by hand that are nearly always closed; what they are for is not known."""
    functions = context.cell.squash
    for gate in _gates(context):
        can_close = functions[gate.gate] in ("sigmoid", "exp") and gate.gate != context.cell.keeps
        if not can_close or gate.left < CLOSED["trouble"]:
            continue
        yield Finding(
            kind=kinds.CLOSED_GATE,
            severity="warning",
            what=f"{percent(gate.left)} of the {gate.gate} gate's activations are below 0.1, so almost "
            "nothing of what this gate multiplies passes, and hardly any gradient passes back through it. "
            "Only a gate that keeps the state by being closed may be like this; if new input has to pass it "
            "too, as the update gate of a minGRU, hardly any is stored.",
            where=context.place(gate.layer, gate.direction, gate.gate),
            amounts=(context.amount("saturation", LEFT, gate.layer, gate.direction, gate=gate.gate),),
            variables=(GATE_LEFT, UNIT_LEFT),
            plot=context.plot("gate_saturation"),
            remedy=_open_by_hand(context, gate.gate),
        )


def _open_by_hand(context: DiagnosisContext, gate: str) -> Remedy:
    may_keep = context.cell.keeps is None and context.cell.squash[gate] == "sigmoid"
    return Remedy(
        "Unless it is meant to be closed, raise its bias."
        + (
            f" If it is the gate that keeps the state when it is near 1, give tape.observe keeps={gate!r}: "
            "the diagnosis then says how far to open it."
            if may_keep
            else ""
        ),
        f"bias.data.fill_(0.0)  # bias: {bias_of(gate)}",
    )


def is_saturated(context: DiagnosisContext) -> bool:
    """Whether some gate is so saturated that the gradient it passes on may round to zero."""
    return any(gate.both >= SATURATED["trouble"] for gate in _two_sided(context))


def largest_saturation(context: DiagnosisContext) -> float:
    """Largest saturated fraction of any gate; 0 if no gate was recorded."""
    return max((gate.both for gate in _gates(context)), default=0.0)


def saturated_by_input(context: DiagnosisContext) -> float:
    """Largest saturated fraction of a gate of the first layer that is at both ends, as no bias makes it."""
    return max((gate.both for gate in _two_sided(context) if gate.layer == context.layers[0]), default=0.0)


def _two_sided(context: DiagnosisContext) -> list[_Gate]:
    return [gate for gate in _gates(context) if gate.is_two_sided]


def _gates(context: DiagnosisContext) -> list[_Gate]:
    """Every recorded gate that can saturate at both ends; ReLU units cannot."""
    if not context.has_variables(GATE_LEFT, GATE_RIGHT):
        return []
    relu = context.cell.relu_gates
    return [
        _Gate(
            layer,
            direction,
            gate,
            context.value("saturation", LEFT, layer, direction, gate=gate),
            context.value("saturation", RIGHT, layer, direction, gate=gate),
        )
        for layer, direction in context.places
        for gate in context.measured("saturation")[GATE].values.tolist()
        if gate not in relu
    ]
