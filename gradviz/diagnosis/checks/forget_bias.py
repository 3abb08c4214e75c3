"""A gate that keeps the state for much less than the lag."""

from __future__ import annotations

import math
from collections.abc import Iterator

from gradviz.diagnosis import kinds
from gradviz.diagnosis.checks.vanishing import unknown_lag
from gradviz.diagnosis.context import DiagnosisContext
from gradviz.diagnosis.finding import Amount, Finding, Place, Remedy, Severity
from gradviz.diagnosis.longer_memory import longer_memory
from gradviz.diagnosis.plural import counted
from gradviz.diagnosis.thresholds import (
    MIN_TIME_CONSTANT,
    TIME_CONSTANT_OF_LAG,
    TIME_CONSTANT_OF_LAG_ALONE,
    VANISHING,
)
from gradviz.diagnosis.what_follows import vanishing_severity
from gradviz.measures.time_constants import HIGH
from gradviz.vocabulary import LOG10_GRAD_H, UNIT_MEAN


def forget_bias(context: DiagnosisContext) -> Iterator[Finding]:
    """The gate that keeps the state is too low for the lag."""
    if context.cell.keeps is None or not context.has_variables(UNIT_MEAN):
        return
    gate = context.cell.keeps
    # it is enough if one layer and direction keeps its state for long
    layer, direction = max(context.places, key=lambda place: _time_constant(context, place))
    time_constant = context.amount("time_constants", HIGH, layer, direction)
    lost = context.gradient_lost
    how_bad = _severity(context, time_constant.value, lost)
    if how_bad is None:
        return
    if lost is not None and lost.value < VANISHING["warning"]:  # the gradient crosses the lag all the same
        if context.is_observed:
            yield _kept_otherwise(context, context.place(layer, direction, gate), (time_constant, lost))
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


def _time_constant(context: DiagnosisContext, place: tuple[int, str]) -> float:
    return context.value("time_constants", HIGH, *place)


def _kept_otherwise(context: DiagnosisContext, where: Place, amounts: tuple[Amount, Amount]) -> Finding:
    """The gate named by a recurrence written by hand is too low, and yet the gradient crosses the lag."""
    time_constant, lost = (amount.value for amount in amounts)
    change = f"loses only {lost:.1f}" if lost > 0 else f"gains {-lost:.1f}"
    return Finding(
        kind=kinds.FORGET_BIAS,
        severity="warning",
        what=f"keeps={where.gate!r} names this gate as the one that keeps the state when it is near 1. With "
        f"it nine out of ten units would forget within {time_constant:.1f} time steps, but the gradient "
        f"{change} decades over {counted(context.measured_lag, 'time step')}. So something else keeps the "
        "state, or this gate keeps it when it is near 0, as the update gate of a minGRU does.",
        where=where,
        amounts=amounts,
        variables=(UNIT_MEAN, LOG10_GRAD_H),
        plot=context.plot("time_constants"),
        remedy=Remedy(
            "If it keeps the state when it is near 0, observe one minus the gate. If it does not keep the "
            "state, leave out keeps=.",
            f'tape.observe({where.module!r}, h, gates={{"keep": 1 - {where.gate}}}, keeps="keep")',
        ),
    )


def _severity(context: DiagnosisContext, time_constant: float, lost: Amount | None) -> Severity | None:
    lag = context.measured_lag
    if time_constant >= TIME_CONSTANT_OF_LAG * lag:
        return None
    if time_constant < MIN_TIME_CONSTANT:
        return "trouble" if context.required_lag is not None else "warning"
    if lost is not None:
        return vanishing_severity(context, lost.value)
    is_short = context.required_lag is not None and time_constant < TIME_CONSTANT_OF_LAG_ALONE * lag
    return "warning" if is_short else None


def _lag(context: DiagnosisContext) -> str:
    lag = counted(context.measured_lag, "time step")
    return f"the sequences allow a lag of {lag}" if context.required_lag is None else f"the lag is {lag}"
