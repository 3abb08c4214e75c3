"""Where the state that is handed on brings no gradient back, in words and numbers."""

from __future__ import annotations

import numpy as np

from gradviz.diagnosis.context import DiagnosisContext
from gradviz.diagnosis.finding import Amount
from gradviz.diagnosis.plural import counted
from gradviz.measures.gradient_reach import CUT_AT_TIME, SEQUENCES_CUT, STEPS_CUT
from gradviz.vocabulary import CUT, DIRECTION, LAYER, LOG10_GRAD_H, LOG10_GRAD_STATE, STEP, TIME

_MOST_NAMED = 8  # time steps


def knows_cuts(context: DiagnosisContext) -> bool:
    """Whether the recording says where a state was cut off; those of version 0.1 do not."""
    return context.has_variables(CUT)


def amounts_of_cuts(context: DiagnosisContext) -> tuple[Amount, ...]:
    """Time steps and fraction of sequences that are cut in the last layer; empty if there are none."""
    if not knows_cuts(context):
        return ()
    place = context.layers[-1], context.directions[0]
    found = tuple(context.amount("gradient_reach", name, *place) for name in (STEPS_CUT, SEQUENCES_CUT))
    return found if found[0].value > 0 else ()


def cuts_in_words(context: DiagnosisContext) -> str:
    """To which time steps, in how many sequences, and how.

    Parameters
    ----------
    context : DiagnosisContext
        With cuts in its last layer.

    Returns
    -------
    str
        Such as "the state handed on to time steps 5 and 10 is detached in 2 of 4 sequences".
    """
    how = "set to zero (a mask, such as at the end of an episode)" if are_masks(context) else "detached"
    fraction = amounts_of_cuts(context)[1].value
    sequences = sum(int(of_call.sum()) for of_call in context.sequences_of_calls)
    which = "every sequence" if fraction == 1 else f"{fraction * sequences:.0f} of {sequences} sequences"
    return f"the state handed on to {_steps_in_words(_steps(context))} is {how} in {which}"


def are_masks(context: DiagnosisContext) -> bool:
    """Whether a gradient reaches the state handed on at every cut that it comes to, and goes no further.

    A state that was multiplied by zero still has a gradient of its own; a detached one has none, and the
    output has taken its place in the recording.
    """
    if not context.has_variables(LOG10_GRAD_STATE):
        return False
    data = context.dataset.isel({STEP: 0}).sel({LAYER: context.layers[-1], DIRECTION: context.directions[0]})
    arrives = context.passing.isel({STEP: 0}).sel({LAYER: data[LAYER], DIRECTION: data[DIRECTION]}) > -np.inf
    at_cut = (data[CUT] == 1) & arrives
    at_state = data[LOG10_GRAD_STATE]
    is_reached = ((at_state > -np.inf) & (at_state != data[LOG10_GRAD_H])).shift({TIME: 1}, fill_value=False)
    return bool(at_cut.any() & (is_reached | ~at_cut).all())


def _steps(context: DiagnosisContext) -> list[int]:
    fractions = context.measured("gradient_reach")[CUT_AT_TIME].isel({STEP: 0})
    of_layer = fractions.sel({LAYER: context.layers[-1], DIRECTION: context.directions[0]})
    return [int(time) for time in of_layer[TIME].values[np.flatnonzero(of_layer > 0)]]


def _steps_in_words(steps: list[int]) -> str:
    if len(steps) == 1:
        return f"time step {steps[0]}"
    if len(steps) > _MOST_NAMED:
        return f"{counted(len(steps), 'time step')} (the first is {steps[0]}, the last {steps[-1]})"
    return f"time steps {', '.join(map(str, steps[:-1]))} and {steps[-1]}"
