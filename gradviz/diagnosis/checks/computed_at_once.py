"""States that were computed all at once, so that no gradient between them is known."""

from __future__ import annotations

from collections.abc import Iterator

from gradviz.diagnosis import kinds
from gradviz.diagnosis.context import DiagnosisContext
from gradviz.diagnosis.finding import Finding, Remedy
from gradviz.vocabulary import LOG10_GRAD_H_DIRECT


def computed_at_once(context: DiagnosisContext) -> Iterator[Finding]:
    """The states are parts of one tensor; a recurrence observed in its loop is silent."""
    if context.has_total:
        return
    yield Finding(
        kind=kinds.AT_ONCE,
        severity="note",
        what="The states were observed as parts of one tensor: a parallel scan has computed them all at "
        "once, or they were put together after a loop. So only the gradient that the loss sends them "
        "directly is known, and how far back the gradient reaches is not judged.",
        where=context.place(),
        amounts=(),
        variables=(LOG10_GRAD_H_DIRECT,),
        plot="",
        remedy=Remedy(
            "To judge the memory, observe each state in the loop that computes it; for a scan, compute the "
            "states of one short batch in a loop.",
            "h = step(x_t, h)\ntape.observe('mine', h, time=t)",
        ),
    )
