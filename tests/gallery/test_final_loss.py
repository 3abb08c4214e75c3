"""The loss at the end of a run."""

import numpy as np
import xarray as xr

from gradviz.gallery.final_loss import final_loss, final_part


def test_it_is_the_median_of_the_last_50_steps():
    losses = np.concatenate([np.full(40, 9.0), np.linspace(3.0, 1.0, 51)])
    curve = xr.Dataset({"loss": ("iteration", losses)}, coords={"iteration": np.arange(91)})
    assert final_loss(xr.DataTree(curve)) == np.median(losses[41:])
    assert final_loss(xr.DataTree(curve)) != np.median(losses[40:])


def test_it_is_compared_with_the_trivial_predictor():
    tree = xr.DataTree(xr.Dataset({"loss": ("iteration", [9.0, 3.0, 3.0])}, attrs={"baseline": 4.0}))
    assert final_part(tree) == 0.75
