"""All updates of a training together, from those that were recorded."""

import numpy as np
import pytest
import xarray as xr

import gradviz as gv


def test_total_by_hand():
    ratios = [0.1, np.nan, np.nan, 0.3]  # their mean, at each of four steps
    data = xr.DataTree(xr.Dataset({"update_ratio": ("iteration", ratios)}, {"iteration": np.arange(4)}))
    assert gv.update_size(data)["total_update_ratio"].item() == pytest.approx(0.8)


def test_loss_relative_to_the_first_tenth():
    losses = [9.0, 2.0, 2.0] + [2.0] * 24 + [1.0] * 3
    data = xr.DataTree(xr.Dataset({"loss": ("iteration", losses)}, {"iteration": np.arange(30)}))
    assert gv.loss_course(data)["end_over_first_tenth"].item() == 0.5
