"""Spectral radius of the recurrent weight of a plain RNN, before the training and after it."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import torch
from torch import Tensor, nn

from gradviz.experiment.run.before_training import load_untrained
from gradviz.experiment.run.trained import load_trained

BEFORE, AFTER = "recurrent_radius_before", "recurrent_radius_after"
NAMES = (BEFORE, AFTER)


def measure(folder: Path) -> dict[str, float]:
    """The largest modulus of an eigenvalue of the weight from the states to the next states.

    Of one unit it is the absolute value of its weight to itself: a tanh unit without input holds a bit only
    if that is above 1.

    Parameters
    ----------
    folder : Path
        Of a run whose model has one ``nn.RNN`` of one layer and one direction.

    Returns
    -------
    dict of str to float
        ``recurrent_radius_before`` and ``recurrent_radius_after``. What is not finite after a training that
        diverged is left out.

    Raises
    ------
    ValueError
        If the model has no such layer, or several.
    FileNotFoundError
        If there is no run, or it has no checkpoint.
    """
    weights = {BEFORE: _weight(load_untrained(folder)[0]), AFTER: _weight(load_trained(folder)[0])}
    return {
        name: torch.linalg.eigvals(weight).abs().max().item()
        for name, weight in weights.items()
        if weight.isfinite().all()
    }


def _weight(model: nn.Module) -> Tensor:
    """The weight, of shape (hidden_size, hidden_size), in float64."""
    layers = [part for part in model.modules() if isinstance(part, nn.RNN)]
    if len(layers) != 1 or layers[0].num_layers > 1 or layers[0].bidirectional:
        raise ValueError(
            f"the model has {len(layers)} layers nn.RNN: it must have one, of one layer and one direction"
        )
    return cast(Tensor, layers[0].weight_hh_l0).detach().double()
