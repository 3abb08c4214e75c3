"""An input that was reshaped where it should have been transposed."""

from __future__ import annotations

from collections.abc import Iterator

from gradviz.diagnosis import kinds
from gradviz.diagnosis.context import DiagnosisContext
from gradviz.diagnosis.finding import Finding, Remedy, training_amount
from gradviz.measures.scrambled_input import FRACTION, scrambled_input
from gradviz.measures.values_of_steps import has_values
from gradviz.vocabulary import BATCH_FIRST, INPUT_SCRAMBLED


def scrambled_view(context: DiagnosisContext) -> Iterator[Finding]:
    """The input is a view that exchanges the sizes of its axes without moving any number."""
    module = context.recording.children[context.module].to_dataset(inherit=False)
    if not has_values(module, INPUT_SCRAMBLED):
        return
    fraction = training_amount("scrambled_input", scrambled_input(module), FRACTION, module=context.module)
    if not fraction.value > 0:
        return
    is_first = bool(context.attributes.get(BATCH_FIRST))
    batch, steps = context.batch_size, context.length
    yield Finding(
        kind=kinds.SCRAMBLED_VIEW,
        severity="trouble",
        what=f"The layer reads {batch} sequences of {steps} time steps, but its input is a view (or reshape) "
        "of data whose axes have these sizes in another order. view and reshape move no number: they cut the "
        "same numbers, in the same order, into rows of another length. So each 'sequence' is put together "
        "from pieces of several, and has little to do with its target.",
        where=context.place(),
        amounts=(fraction,),
        variables=(INPUT_SCRAMBLED,),
        plot="",
        remedy=Remedy(
            "Exchange axes with transpose or permute instead of view or reshape.",
            f"x = x.transpose(0, 1)  # to {'(batch, time' if is_first else '(time, batch'}, features), "
            "not x.view(...)",
        ),
    )
