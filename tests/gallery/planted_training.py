"""A recording of a training with the gradient and the loss that a test wants."""

import numpy as np
import xarray as xr


def planted(lost, losses, *, cell="lstm", baseline=1.0, every=10):
    """A recording with so many decades lost at each recorded step, and a loss for each iteration."""
    lost = np.asarray(lost, dtype=float)
    norms = np.stack([-lost, np.zeros(len(lost))], axis=1)[:, None, None, :, None] * np.ones(2)
    dims = ("step", "layer", "direction", "time", "sample")
    module = xr.Dataset(
        {"log10_grad_h": (dims, norms)},
        coords={
            "step": np.arange(len(lost)) * every,
            "layer": [0],
            "direction": ["forward"],
            "time": [0, 1],
        },
        attrs={"cell": cell},
    )
    root = xr.Dataset(
        {"loss": ("iteration", np.asarray(losses, dtype=float))},
        coords={"iteration": np.arange(len(losses))},
        attrs={
            "baseline": baseline,
            "baseline_meaning": "always predict 1",
            "informative": "[0]",
            "lag": 1,
        },
    )
    return xr.DataTree.from_dict({"/": root, "/lstm": module})
