"""A gradient that vanishes over the lag."""

from __future__ import annotations

import math
from collections.abc import Iterator

from gradviz.diagnosis import kinds
from gradviz.diagnosis.context import DiagnosisContext
from gradviz.diagnosis.finding import Finding
from gradviz.diagnosis.longer_memory import longer_memory
from gradviz.diagnosis.plural import counted
from gradviz.diagnosis.what_follows import at_step, vanishing_severity, what_follows
from gradviz.measures.decay_rate import DECAY_RATE
from gradviz.measures.horizon import HORIZON
from gradviz.vocabulary import DIRECTION, LOG10_GRAD_C, LOG10_GRAD_H

_HORIZON_DECADES = 3.0  # a thousandth


def vanishing(context: DiagnosisContext) -> Iterator[Finding]:
    """Too little of the gradient arrives one lag before the loss."""
    lost = context.gradient_lost
    how_bad = None if lost is None else vanishing_severity(context, lost.value)
    if lost is None or how_bad is None:
        return
    layer = context.layers[0]
    direction = lost.where.get(DIRECTION, context.directions[0])
    has_c = context.cell.has_cell_state and context.has_variables(LOG10_GRAD_C)
    state = LOG10_GRAD_C if has_c else LOG10_GRAD_H
    horizon = context.amount("horizon", HORIZON, layer, direction, decades=_HORIZON_DECADES, variable=state)
    rate = context.amount("decay_rate", DECAY_RATE, layer, direction)
    yield Finding(
        kind=kinds.VANISHING,
        severity=how_bad,
        what=f"Going back {counted(context.measured_lag, 'time step')}, the gradient shrinks to "
        f"{left_in_words(lost.value)}"
        f"{at_step(context)}. "
        + _horizon_in_words(horizon.value)
        + what_follows(context, lost.value)
        + unknown_lag(context),
        where=context.place(layer, lost.where.get(DIRECTION)),
        amounts=(lost, *(amount for amount in (horizon, rate) if not math.isnan(amount.value))),
        variables=(LOG10_GRAD_H, LOG10_GRAD_C) if has_c else (LOG10_GRAD_H,),
        plot=context.plot("gradient_norms"),
        remedy=longer_memory(context),
    )


def left_in_words(lost: float) -> str:
    """What is left of a gradient that has lost so many decades."""
    return "exactly zero" if math.isinf(lost) else f"10^-{lost:.1f} of its size"


def unknown_lag(context: DiagnosisContext) -> str:
    """The sentence that says that the needed lag is not known; empty if it is."""
    if context.required_lag is not None:
        return ""
    return (
        f" Whether the task needs {counted(context.measured_lag, 'time step')} is not known: that is "
        "the longest lag in these sequences. Give the lag of the task with --lag (lag= in Python)."
    )


def _horizon_in_words(horizon: float) -> str:
    """The sentence about it; empty if it is not known, as where a gradient of the sequence is not finite."""
    if math.isnan(horizon):
        return ""
    steps = "a single time step" if horizon < 1 else counted(horizon, "time step")
    return f"It falls below a thousandth after {steps}. "
