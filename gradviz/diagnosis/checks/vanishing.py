"""Whether the gradient reaches back as far as the task needs."""

from __future__ import annotations

import math
from collections.abc import Iterator

from gradviz.diagnosis import kinds
from gradviz.diagnosis.context import DiagnosisContext, has, largest
from gradviz.diagnosis.finding import Amount, Finding, Remedy, Severity
from gradviz.diagnosis.remedies import longer_memory
from gradviz.diagnosis.thresholds import KEEPS_FOR, LETS_GO_AT_ONCE, VANISHING, severity
from gradviz.measures.decay_rate import DECAY_RATE
from gradviz.measures.gradient_across_lag import LOST
from gradviz.measures.gradient_reach import STEPS_SEEN
from gradviz.measures.horizon import HORIZON
from gradviz.measures.time_constants import HIGH
from gradviz.measures.underflow_fraction import FRACTION
from gradviz.vocabulary import (
    DIRECTION,
    DTYPE,
    LAYER,
    LOG10_GRAD_C,
    LOG10_GRAD_H,
    PROBE_LOSS,
    UNDERFLOW,
    UNIT_MEAN,
)

_NORMS = "gradient_norms"


def vanishing(context: DiagnosisContext) -> Iterator[Finding]:
    """Too little of the gradient arrives a lag before the loss."""
    lost = _lost(context)
    how_bad = None if lost is None else _severity(context, lost.value)
    if lost is None or how_bad is None:
        return
    layer, direction = lost.where[LAYER], lost.where[DIRECTION]
    state = LOG10_GRAD_C if context.cell.has_cell_state and has(context, LOG10_GRAD_C) else LOG10_GRAD_H
    reach = context.amount("horizon", HORIZON, layer, direction, decades=3.0, variable=state)
    rate = context.amount("decay_rate", DECAY_RATE, layer, direction)
    left = "exactly nothing" if math.isinf(lost.value) else f"10^-{lost.value:.1f}"
    yield Finding(
        kind=kinds.VANISHING,
        severity=how_bad,
        what=f"Of the gradient at the end of a sequence {left} is left {context.lag} time steps before; "
        f"{_reaches(reach.value)}. What lies further back has {_say(lost.value)} say in the weights."
        + _unknown_lag(context),
        where=context.place(layer, direction),
        amounts=(lost, reach, rate),
        variables=(LOG10_GRAD_H, LOG10_GRAD_C) if state == LOG10_GRAD_C else (LOG10_GRAD_H,),
        plot=context.plot(_NORMS),
        remedy=longer_memory(context),
    )


def forget_bias(context: DiagnosisContext) -> Iterator[Finding]:
    """The gate that keeps the state is too low for the lag."""
    if context.cell.keeps is None or not has(context, UNIT_MEAN):
        return
    gate = context.cell.keeps
    layer = context.layers[0]
    direction = max(context.directions, key=lambda d: context.value("time_constants", HIGH, layer, d))
    keeps = context.amount("time_constants", HIGH, layer, direction)
    if keeps.value >= KEEPS_FOR * context.lag:
        return
    lost = _lost(context)
    if lost is None:  # the loss sees every step: the gate alone tells
        how_bad: Severity | None = "warning" if context.asked_lag and keeps.value < context.lag / 10 else None
    else:
        how_bad = _severity(context, lost.value)
    if keeps.value < LETS_GO_AT_ONCE:
        how_bad = "trouble"
    if how_bad is None:
        return
    bias = math.log(max(context.lag - 1, 1))
    yield Finding(
        kind=kinds.FORGET_BIAS,
        severity=how_bad,
        what=f"The {gate} gate lets nine units in ten forget within {keeps.value:.1f} time steps (their "
        f"time constant, 1 / (1 - gate)); {_asked(context)}. A bias of ln({context.lag} - 1) = {bias:.1f} "
        "in that gate would "
        "hold for so long." + _unknown_lag(context),
        where=context.place(layer, direction, gate),
        amounts=(keeps,) if lost is None else (keeps, lost),
        variables=(UNIT_MEAN, LOG10_GRAD_H),
        plot=context.plot("time_constants"),
        remedy=longer_memory(context),
    )


def below_float_range(context: DiagnosisContext) -> Iterator[Finding]:
    """Training sees zeros where there is a gradient."""
    if not has(context, UNDERFLOW):
        return
    fractions = [
        context.amount("underflow_fraction", FRACTION, layer, direction)
        for layer in context.layers
        for direction in context.directions
    ]
    worst = largest(fractions)
    if not worst.value > 0:
        return
    dtype = context.attributes.get(DTYPE, "float32")
    yield Finding(
        kind=kinds.BELOW_RANGE,
        severity="warning",
        what=f"At {worst.value:.0%} of the time steps the gradient is smaller than the smallest {dtype} "
        "number: training is handed zeros or a few stray bits there, and such numbers make it slow "
        "besides.",
        where=context.place(worst.where[LAYER], worst.where[DIRECTION]),
        amounts=(worst,),
        variables=(UNDERFLOW, LOG10_GRAD_H),
        plot=context.plot("gradient_heatmap"),
        remedy=Remedy(
            "A longer memory cures it. Meanwhile let such numbers count as zero, which is faster.",
            "torch.set_flush_denormal(True)",
        )
        if dtype in ("float32", "float64")
        else Remedy("Train in float32, or scale the loss.", "scaler = torch.amp.GradScaler()"),
    )


def loss_on_every_step(context: DiagnosisContext) -> Iterator[Finding]:
    """What the total gradient cannot tell."""
    if not context.sees_many_steps or context.length < 2:
        return
    layer = context.layers[-1]
    probed_so = str(context.recording.attrs.get(PROBE_LOSS, "")).startswith("a random projection")
    yield Finding(
        kind=kinds.EVERY_STEP,
        severity="note",
        what="The loss sends gradient into most time steps directly, so the gradient at a step does not "
        "tell how much comes from later ones: how far this network remembers is not judged from it.",
        where=context.place(layer),
        amounts=(context.amount("gradient_reach", STEPS_SEEN, layer, context.directions[0]),),
        variables=(LOG10_GRAD_H,),
        plot=context.plot(_NORMS)
        if probed_so
        else "gv.plot_connectivity(gv.connectivity(model, x, targets))",
        remedy=_POOLED if probed_so else _one_loss(context),
    )


_POOLED = Remedy(
    "The model gathers all steps itself (attention, pooling), which is a short way for the gradient: "
    "then a long memory may not be needed. To see that of the layer alone, probe the layer.",
    "print(gv.diagnose(gv.probe(model.layer), lag=50))  # the recurrent layer, and the lag you need",
)


def _one_loss(context: DiagnosisContext) -> Remedy:
    return Remedy(
        "Ask how far a single loss reaches: probe the model with a loss at its last step only.",
        f"print(gv.diagnose(gv.probe(model), lag={max(context.lag, 1)}))",
    )


def _asked(context: DiagnosisContext) -> str:
    if context.asked_lag is None:
        return f"the sequences have {context.lag} before the last"
    return f"{context.lag} are needed"


def _say(lost: float) -> str:
    return "no" if lost >= VANISHING["trouble"] else "little"


def _reaches(steps: float) -> str:
    after = "after a single step" if steps < 1 else f"after {steps:.0f} step{'s' * (steps != 1)}"
    return f"{after} it is below a thousandth"


def _lost(context: DiagnosisContext) -> Amount | None:
    """Decades lost at the first layer, through which the input comes in; None where it does not tell."""
    if context.reach < 1 or context.sees_many_steps:
        return None
    layer = context.layers[0]
    direction = context.reading_direction("gradient_across_lag", LOST, layer, lag=context.lag)
    amount = context.amount("gradient_across_lag", LOST, layer, direction, lag=context.lag)
    return None if math.isnan(amount.value) else amount


def _severity(context: DiagnosisContext, lost: float) -> Severity | None:
    """Without a lag that is known to be needed, a vanishing gradient is a warning only."""
    found = severity(lost, VANISHING)
    return "warning" if found == "trouble" and context.asked_lag is None else found


def _unknown_lag(context: DiagnosisContext) -> str:
    if context.asked_lag is not None:
        return ""
    return (
        f" Whether the task needs {context.lag} is not known: it is all that the sequences have (say it by "
        "--lag)."
    )
