"""A state that takes in almost no input."""

from __future__ import annotations

from collections.abc import Iterator

from gradviz.diagnosis import kinds
from gradviz.diagnosis.context import DiagnosisContext
from gradviz.diagnosis.extremes import smallest
from gradviz.diagnosis.finding import Finding, Remedy
from gradviz.diagnosis.longer_memory import initialised
from gradviz.diagnosis.thresholds import MIN_WRITE_WEIGHT
from gradviz.measures.write_weight import MEDIAN
from gradviz.vocabulary import DIRECTION, LAYER, UNIT_LEFT, UNIT_MEAN, UNIT_RIGHT


def frozen_state(context: DiagnosisContext) -> Iterator[Finding]:
    """Half of the units write so little that their state hardly changes."""
    if context.cell.writes is None or not context.has_variables(UNIT_MEAN) or context.length < 2:
        return
    worst = smallest(context.amount("write_weight", MEDIAN, *place) for place in context.places)
    if not worst.value < MIN_WRITE_WEIGHT:
        return
    gate = context.cell.writes
    keeps = gate == context.cell.keeps
    weight = f"1 minus the {gate} gate" if keeps else f"the {gate} gate"
    how = "so close to 1 that it only keeps the old state" if keeps else "closed"
    yield Finding(
        kind=kinds.FROZEN,
        severity="trouble",
        what=f"Half of the units write almost nothing into their state: {weight} adds up to "
        f"{_at_most(worst.value)} over all {context.length} time steps. The {gate} gate is {how}. These "
        "units remember, but they have stored nothing to remember.",
        where=context.place(worst.where[LAYER], worst.where[DIRECTION], gate),
        amounts=(worst,),
        variables=(UNIT_MEAN, UNIT_LEFT, UNIT_RIGHT),
        plot=context.plot("gate_saturation"),
        remedy=Remedy(
            "Spread the time constants up to the lag that the task needs, but not beyond.",
            f'gv.initialise({context.target}, "chrono", t_max={max(context.measured_lag, 2)})',
            (initialised(context, "chrono", t_max=max(context.measured_lag, 2)),),
        ),
    )


def _at_most(weight: float) -> str:
    return f"at most {weight:.2g}" if weight > 0 else "exactly 0"
