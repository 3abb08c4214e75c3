"""A reverse direction that is read at its first step."""

from __future__ import annotations

from collections.abc import Iterator

from gradviz.diagnosis import kinds
from gradviz.diagnosis.checks.truncation import unbroken_runs
from gradviz.diagnosis.context import DiagnosisContext
from gradviz.diagnosis.finding import Finding, Remedy
from gradviz.diagnosis.last_states import last_states
from gradviz.vocabulary import LOG10_GRAD_H, LOG10_GRAD_H_DIRECT, PROBE_PICKED_STEP, REVERSE


def reverse_unused(context: DiagnosisContext) -> Iterator[Finding]:
    """The loss reads the reverse direction where it has processed one time step only."""
    if context.recording.attrs.get(PROBE_PICKED_STEP):
        return  # it was not the model that reads this step
    runs = unbroken_runs(context)
    if REVERSE not in runs or runs[REVERSE].value != 0 or not any(run.value > 0 for run in runs.values()):
        return
    yield Finding(
        kind=kinds.REVERSE_UNUSED,
        severity="warning",
        what="The loss reads the reverse direction at the last time step. That is where this direction "
        "starts, so it has processed only one step. output[:, -1] holds the end of the forward direction, "
        "but the start of the reverse direction.",
        where=context.place(context.layers[-1], REVERSE),
        amounts=(runs[REVERSE],),
        variables=(LOG10_GRAD_H_DIRECT, LOG10_GRAD_H),
        plot=context.plot("gradient_norms", f"direction={REVERSE!r}"),
        remedy=Remedy(
            "Read the state at the end of each direction.",
            last_states(context),
        ),
    )
