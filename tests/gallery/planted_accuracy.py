"""A recording of a training with the accuracy that a test wants."""

import numpy as np
import xarray as xr


def planted(accuracies):
    """A recording with an accuracy for each training step, and a loss and a gradient norm of 1."""
    accuracies = np.asarray(accuracies, dtype=float)
    curves = {"accuracy": accuracies, "loss": np.ones(len(accuracies)), "grad_norm": np.ones(len(accuracies))}
    root = xr.Dataset(
        {name: ("iteration", curve) for name, curve in curves.items()},
        coords={"iteration": np.arange(len(accuracies))},
        attrs={"baseline": float(np.log(4)), "baseline_meaning": "every class equally likely"},
    )
    return xr.DataTree(root)
