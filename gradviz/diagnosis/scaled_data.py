"""Remedies for inputs and targets that are large numbers."""

from __future__ import annotations

import xarray as xr

from gradviz.diagnosis.finding import Change, Remedy
from gradviz.diagnosis.learning import spread_of_targets
from gradviz.diagnosis.thresholds import LARGE_TARGET

_INPUT = """\
x_mean = x_train.mean(dim=(0, 1))  # once, over all training data (sequences, time, features)
x_std = x_train.std(dim=(0, 1)).clamp(min=1e-8)
x = (x - x_mean) / x_std  # in training and in use, with the same two"""
_TARGET = """\
y_mean, y_std = y_train.mean(dim=0), y_train.std(dim=0)  # once, over all training data
y = (y - y_mean) / y_std  # in training
prediction = model(x) * y_std + y_mean  # in use"""


def scaled_data(recording: xr.DataTree) -> Remedy:
    """Scale the inputs, and the targets with them where they are large too.

    Parameters
    ----------
    recording : DataTree

    Returns
    -------
    Remedy
    """
    if not spread_of_targets(recording) > LARGE_TARGET:
        return Remedy(
            "Scale every feature of the input to mean 0 and standard deviation 1, by numbers that are "
            "measured once, on the training data.",
            _INPUT,
            (Change("normalise_input"),),
        )
    return Remedy(
        "Scale every feature of the input to mean 0 and standard deviation 1, and the targets too, which are "
        "large numbers as well, by numbers that are measured once, on the training data. Scale the "
        "predictions back.",
        f"{_INPUT}\n{_TARGET}",
        (Change("normalise_input"), Change("standardise_target")),
    )


def scaled_targets() -> Remedy:
    """Scale the targets.

    Returns
    -------
    Remedy
    """
    return Remedy(
        "The targets are large numbers. Scale them to mean 0 and standard deviation 1 for training, and the "
        "predictions back.",
        _TARGET,
        (Change("standardise_target"),),
    )
