"""A state that is handed on to the next training step with its graph."""

from __future__ import annotations

from collections.abc import Iterator

import xarray as xr

from gradviz.diagnosis import kinds
from gradviz.diagnosis.finding import Finding, Place, Remedy, training_amount
from gradviz.measures.undetached_steps import FRACTION, undetached_steps
from gradviz.measures.values_of_steps import has_values
from gradviz.recording.tree import module_names
from gradviz.vocabulary import CONTINUES_STEP


def state_not_detached(recording: xr.DataTree) -> Iterator[Finding]:
    """A module begins a training step with a state of an earlier one, and the graph that belongs to it."""
    if not has_values(recording, CONTINUES_STEP):
        return
    fraction = training_amount("undetached_steps", undetached_steps(recording), FRACTION)
    if not fraction.value > 0:
        return
    names = module_names(recording)
    yield Finding(
        kind=kinds.NOT_DETACHED,
        severity="trouble",
        what="The state of the batch before is handed on with its graph. backward() then goes back into the "
        "training step before, which PyTorch refuses: 'Trying to backward through the graph a second time', "
        "or 'modified by an inplace operation' once the optimizer has stepped. With retain_graph=True the "
        "graph, and with it memory and time, grows with every batch. retain_graph=True is not the remedy.",
        where=Place(names[0]) if len(names) == 1 else Place(),
        amounts=(fraction,),
        variables=(CONTINUES_STEP,),
        plot="",
        remedy=Remedy(
            "Detach the state between the training steps: its values go on, its graph ends.",
            "state = tuple(each.detach() for each in state)  # an LSTM; otherwise state = state.detach()",
        ),
    )
