"""A target that is broadcast against the output."""

from __future__ import annotations

from collections.abc import Iterator

import xarray as xr

from gradviz.diagnosis import kinds
from gradviz.diagnosis.finding import Change, Finding, Place, Remedy, training_amount
from gradviz.measures.loss_mistakes import BROADCAST, loss_mistakes
from gradviz.measures.values_of_steps import has_values, values_of_steps
from gradviz.vocabulary import BATCH_SIZE, TARGET_BROADCAST


def target_broadcast(recording: xr.DataTree) -> Iterator[Finding]:
    """The loss compares every output of the batch with every target."""
    if not has_values(recording, TARGET_BROADCAST):
        return
    fraction = training_amount("loss_mistakes", loss_mistakes(recording), BROADCAST)
    if not fraction.value > 0:
        return
    batch = _batch(recording)
    yield Finding(
        kind=kinds.TARGET_BROADCAST,
        severity="trouble",
        what=f"One of output and target has the shape ({batch}, 1) and the other ({batch},). The loss "
        f"stretches both to ({batch}, {batch}) and compares every output with the targets of all sequences. "
        "What makes it smallest is the mean of the targets, for every input: the model learns to predict the "
        "mean.",
        where=Place(),
        amounts=(fraction,),
        variables=(TARGET_BROADCAST,),
        plot="",
        remedy=Remedy(
            "Give output and target the same shape.",
            "assert output.squeeze(-1).shape == y.shape\nloss = loss_fn(output.squeeze(-1), y)",
            (Change("match_target"),),
        ),
    )


def _batch(recording: xr.DataTree) -> str:
    """The size of the batches, if it is always the same."""
    sizes = set(values_of_steps(recording, BATCH_SIZE).values.tolist())
    return f"{sizes.pop():.0f}" if len(sizes) == 1 else "batch"
