"""A module that reads one time step after the other, always from one state and never from its own."""

from __future__ import annotations

from collections.abc import Iterator

from gradviz.diagnosis import kinds
from gradviz.diagnosis.context import DiagnosisContext
from gradviz.diagnosis.finding import Finding, Remedy, training_amount
from gradviz.measures.steps_from_one_state import MOST, steps_from_one_state
from gradviz.vocabulary import CALLS_FROM_ONE_STATE, CONTINUES


def state_not_handed_on(context: DiagnosisContext) -> Iterator[Finding]:
    """Several calls of one time step begin with the very same computed state."""
    module = context.recording.children[context.module].to_dataset(inherit=False)
    count = training_amount("steps_from_one_state", steps_from_one_state(module), MOST, module=context.module)
    if not count.value > 0:
        return
    origin = context.attributes.get(CONTINUES)
    state = f"the state of {origin}" if origin else "the same state"
    yield Finding(
        kind=kinds.NOT_HANDED_ON,
        severity="warning",
        what=f"The module is called {count.value:.0f} times in one training step, for one time step each, "
        f"and every call begins with {state}. The state that a call returns is never handed on. If the calls "
        "are the words or the steps of one sequence, none of them knows the one before.",
        where=context.place(),
        amounts=(count,),
        variables=(CALLS_FROM_ONE_STATE,),
        plot="",
        remedy=Remedy(
            "Where the module is called, begin with that state and then give each call the one that the call "
            "before has returned. If each of the calls stands for itself, nothing needs to change.",
            f"for x_t in inputs:\n    state = {context.layer_code}(x_t, state)"
            if context.is_cell
            else f"for x_t in inputs:\n    output, state = {context.layer_code}(x_t, state)",
        ),
    )
