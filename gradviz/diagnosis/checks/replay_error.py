"""A recording that does not agree with its model."""

from __future__ import annotations

from collections.abc import Iterator

from gradviz.diagnosis import kinds
from gradviz.diagnosis.context import DiagnosisContext
from gradviz.diagnosis.finding import Finding, Remedy
from gradviz.diagnosis.thresholds import ROUNDING_FACTOR
from gradviz.vocabulary import COMPUTE_DTYPE, DTYPE, REPLAY_ERROR, replay_error_limit


def replay_error(context: DiagnosisContext) -> Iterator[Finding]:
    """The states that the recorder computed again differ from the model's own."""
    limit = replay_error_limit(str(context.attributes.get(COMPUTE_DTYPE, context.attributes.get(DTYPE))))
    amount = context.amount("replay_error", REPLAY_ERROR)
    if amount.value <= limit:
        return
    is_rounding = amount.value <= ROUNDING_FACTOR * limit
    recorded = "gradients" if context.has_gradients else "gates"
    yield Finding(
        kind=kinds.REPLAY_ERROR,
        severity="note" if is_rounding else "trouble",
        what=f"The recorder recomputes the states, and they differ from the model's own by "
        f"{amount.value:.1e}; up to {limit:.0e} is usual. "
        + (
            f"Large weights can make rounding errors this large. The recorded {recorded} then have errors "
            "of the same size."
            if is_rounding
            else f"The layer does something that the recorder does not know, so its recorded {recorded} "
            "cannot be trusted."
        ),
        where=context.place(),
        amounts=(amount,),
        variables=(REPLAY_ERROR,),
        plot="",
        remedy=Remedy(
            "Record the model in double precision. If the difference remains, the layer is not PyTorch's own "
            "cell: record its states by hand with tape.observe.",
            "model.double()\n# or, in the loop: tape.observe('mine', h, time=t)",
        ),
    )
