"""Last states that were reshaped where they should have been transposed."""

from __future__ import annotations

from collections.abc import Iterator

from gradviz.diagnosis import kinds
from gradviz.diagnosis.context import DiagnosisContext
from gradviz.diagnosis.finding import Finding, Remedy, training_amount
from gradviz.diagnosis.last_states import last_states
from gradviz.measures.scrambled_state import FRACTION, scrambled_state
from gradviz.measures.values_of_steps import has_values
from gradviz.vocabulary import STATE_SCRAMBLED


def scrambled_states(context: DiagnosisContext) -> Iterator[Finding]:
    """A row of the reshaped h_n or c_n holds the states of several sequences."""
    module = context.recording.children[context.module].to_dataset(inherit=False)
    if not has_values(module, STATE_SCRAMBLED):
        return
    fraction = training_amount("scrambled_state", scrambled_state(module), FRACTION, module=context.module)
    if not fraction.value > 0:
        return
    states = len(context.layers) * len(context.directions)
    yield Finding(
        kind=kinds.SCRAMBLED_VIEW,
        severity="trouble",
        what=f"The last states have the shape ({states}, {context.batch_size}, hidden_size): layers and "
        "directions first, then the batch. A view (or reshape) makes them one row for each sequence without "
        "swapping the axes, so that a row holds states of other sequences.",
        where=context.place(),
        amounts=(fraction,),
        variables=(STATE_SCRAMBLED,),
        plot="",
        remedy=Remedy(
            "In forward, where h_n is what the layer returns: pick the states that you need and join them "
            "along the units, or put the batch first before you reshape.",
            f"{last_states(context)}\n# or all of them: h_n.transpose(0, 1).reshape(h_n.size(1), -1)",
        ),
    )
