"""A gate that keeps the state for much less than the lag."""

from __future__ import annotations

import math
from collections.abc import Iterator

from gradviz.diagnosis import kinds
from gradviz.diagnosis.checks.vanishing import severity_of_loss, unknown_lag
from gradviz.diagnosis.context import DiagnosisContext
from gradviz.diagnosis.finding import Amount, Finding, Severity
from gradviz.diagnosis.longer_memory import longer_memory
from gradviz.diagnosis.plural import counted
from gradviz.diagnosis.thresholds import (
    MIN_TIME_CONSTANT,
    TIME_CONSTANT_OF_LAG,
    TIME_CONSTANT_OF_LAG_ALONE,
)
from gradviz.measures.time_constants import HIGH
from gradviz.vocabulary import LOG10_GRAD_H, UNIT_MEAN


def forget_bias(context: DiagnosisContext) -> Iterator[Finding]:
    """The gate that keeps the state is too low for the lag."""
    if context.cell.keeps is None or not context.has_variables(UNIT_MEAN):
        return
    gate, layer = context.cell.keeps, context.layers[0]
    direction = max(context.directions, key=lambda d: context.value("time_constants", HIGH, layer, d))
    time_constant = context.amount("time_constants", HIGH, layer, direction)
    lost = context.gradient_lost
    how_bad = _severity(context, time_constant.value, lost)
    if how_bad is None:
        return
    lag = max(context.measured_lag, 2)
    yield Finding(
        kind=kinds.FORGET_BIAS,
        severity=how_bad,
        what=f"The {gate} gate makes nine out of ten units forget within {time_constant.value:.1f} time "
        f"steps (their time constant, 1 / (1 - gate)), but {_lag(context)}. A bias of ln({lag} - 1) = "
        f"{math.log(lag - 1):.1f} in this gate would keep the state for {lag} time steps."
        + unknown_lag(context),
        where=context.place(layer, direction, gate),
        amounts=(time_constant,) if lost is None else (time_constant, lost),
        variables=(UNIT_MEAN, LOG10_GRAD_H),
        plot=context.plot("time_constants"),
        remedy=longer_memory(context),
    )


def _severity(context: DiagnosisContext, time_constant: float, lost: Amount | None) -> Severity | None:
    lag = context.measured_lag
    if time_constant >= TIME_CONSTANT_OF_LAG * lag:
        return None
    if time_constant < MIN_TIME_CONSTANT:
        return "trouble"
    if lost is not None:
        return severity_of_loss(context, lost.value)
    is_short = context.required_lag is not None and time_constant < TIME_CONSTANT_OF_LAG_ALONE * lag
    return "warning" if is_short else None


def _lag(context: DiagnosisContext) -> str:
    lag = counted(context.measured_lag, "time step")
    return f"the sequences allow a lag of {lag}" if context.required_lag is None else f"the lag is {lag}"
