"""Record a few training steps of a copy of a model."""

from __future__ import annotations

import xarray as xr

from gradviz.remedies.original_model import check_not_trained, original_model_unchanged
from gradviz.remedies.recorded_training import train_recorded
from gradviz.remedies.replayed_batches import ReplayedBatches
from gradviz.remedies.seeded import seeded
from gradviz.remedies.training_case import TrainingCase, untrainable
from gradviz.remedies.training_copy import TrainingCopy

STEPS = 20


def record_short_training(case: TrainingCase, *, steps: int = STEPS, seed: int = 0) -> xr.DataTree:
    """The recording of the first steps of a training; model and optimizer are not changed.

    Parameters
    ----------
    case : TrainingCase
    steps : int
    seed : int
        Of the training.

    Returns
    -------
    DataTree

    Raises
    ------
    NoTraining
        If the model cannot be copied or trained.
    CannotWatch
        If it has no recurrent module.
    """
    batches = ReplayedBatches(case.batches, next(case.model.parameters()).device)
    with (
        seeded(seed),
        original_model_unchanged(case.model),
        untrainable(),
    ):
        tree = train_recorded(TrainingCopy(case, batches), steps).tree
        check_not_trained(case.model)
        return tree
