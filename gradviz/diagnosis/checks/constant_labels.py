"""Targets that are all the same."""

from __future__ import annotations

from collections.abc import Iterator

import xarray as xr

from gradviz.diagnosis import kinds
from gradviz.diagnosis.finding import Finding, Place, Remedy, training_amount
from gradviz.diagnosis.plural import counted
from gradviz.diagnosis.thresholds import MIN_STEPS_OF_TARGETS
from gradviz.measures.batch_variation import LARGEST_TARGET, TARGETS, batch_variation
from gradviz.measures.values_of_steps import has_values
from gradviz.vocabulary import TARGET_SPREAD


def labels_constant(recording: xr.DataTree) -> Iterator[Finding]:
    """The targets of a batch are equal, at every recorded step."""
    if not has_values(recording, TARGET_SPREAD):
        return
    found = batch_variation(recording)
    spread, steps = (training_amount("batch_variation", found, name) for name in (LARGEST_TARGET, TARGETS))
    if spread.value != 0:
        return
    yield Finding(
        kind=kinds.LABELS_CONSTANT,
        severity="trouble" if steps.value >= MIN_STEPS_OF_TARGETS else "warning",
        what=f"In every batch that was recorded ({counted(steps.value, 'training step')}), all sequences "
        "have the same target. Either the labels are constant, or the data is sorted by label and not "
        "shuffled. The loss then asks for one answer to every input, and may fall nicely while nothing is "
        "learned about the input.",
        where=Place(),
        amounts=(spread, steps),
        variables=(TARGET_SPREAD,),
        plot="",
        remedy=Remedy(
            "Look at the labels of a batch, and shuffle the training data.",
            "print(y.unique(return_counts=True))  # of one batch\n"
            "loader = torch.utils.data.DataLoader(dataset, batch_size=32, shuffle=True)",
        ),
    )
