"""An input so large that it saturates the gates."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gradviz.diagnosis import kinds
from gradviz.diagnosis.checks.dead_relu import dead_fraction
from gradviz.diagnosis.checks.saturated_gates import has_large_input, saturated_by_input, typical_input
from gradviz.diagnosis.context import DiagnosisContext
from gradviz.diagnosis.diagnosed_step import diagnosed_step
from gradviz.diagnosis.finding import Amount, Change, Finding, Remedy, Severity
from gradviz.diagnosis.learning import has_learned
from gradviz.diagnosis.scaled_data import scaled_data
from gradviz.diagnosis.thresholds import DEAD, INPUT_GROWTH, SATURATED, VANISHING
from gradviz.measures.input_variation import NORM, input_variation
from gradviz.vocabulary import GATE_LEFT, GATE_RIGHT, INPUT_NORM, INPUT_SIZE, STEP


def input_not_normalised(context: DiagnosisContext) -> Iterator[Finding]:
    """The numbers of the input are large, from the beginning or by now, and saturate the first layer."""
    how_bad = _severity(context) if has_large_input(context) else None
    if how_bad is None:
        return
    norm = context.amount("input_variation", NORM)
    features, size = int(context.attributes.get(INPUT_SIZE, 1)), typical_input(context)
    first = _at_first_step(context, norm)
    is_learned = first is not None and norm.value > INPUT_GROWTH * first.value
    yield Finding(
        kind=kinds.INPUT_GROWS if is_learned else kinds.INPUT_NOT_NORMALISED,
        severity=how_bad,
        what=f"The numbers that this layer reads have a typical size of {size:.3g}"
        + (f" (norm {norm.value:.3g} over {features} features)" if features > 1 else "")
        + "; about 1 is usual. They push the gates to the ends of their range, where these hardly react "
        "to the input or the state"
        + (" and pass on hardly any gradient." if context.has_gradients else ".")
        + (f" At the first recorded step the norm was {first.value:.3g}." if is_learned and first else ""),
        where=context.place(context.layers[0]),
        amounts=(norm, first) if is_learned and first is not None else (norm,),
        variables=(INPUT_NORM, GATE_LEFT, GATE_RIGHT),
        plot=context.plot("gate_saturation"),
        remedy=_SMALLER_STEPS if is_learned else scaled_data(context.recording),
    )


_SMALLER_STEPS = Remedy(
    "The input has grown during training, so an embedding or a layer before this one makes it. Lower the "
    "learning rate, or put a LayerNorm before this layer.",
    'for group in optimizer.param_groups:  # once, before training\n    group["lr"] *= 0.1',
    (Change("lower_learning_rate", {"factor": 0.1}),),
)


def _severity(context: DiagnosisContext) -> Severity | None:
    """None where the gates do not mind the size; a warning where the training learns in spite of it."""
    saturated, dead = saturated_by_input(context), dead_fraction(context)
    lost = context.gradient_lost
    vanishes = lost is not None and lost.value >= VANISHING["trouble"]
    if saturated < SATURATED["warning"] and dead < DEAD["warning"]:
        return None
    is_bad = saturated >= SATURATED["trouble"] or vanishes or dead >= DEAD["trouble"]
    if is_bad and not has_learned(context.recording):
        return "trouble"
    return "warning" if is_bad else None


def _at_first_step(context: DiagnosisContext, last: Amount) -> Amount | None:
    """The norm of the input at the first recorded step; None if that is the step that is diagnosed."""
    module = context.recording.children[context.module].to_dataset(inherit=False)
    first = int(np.atleast_1d(module[STEP].values)[0])
    if first == last.where[STEP]:
        return None
    values = input_variation(diagnosed_step(context.recording, context.module, step=first))[NORM]
    return Amount(
        f"{last.name} at the first recorded step",
        float(values.item()),
        last.unit,
        last.function,
        last.variable,
        last.options,
        {**last.where, STEP: first},
    )
