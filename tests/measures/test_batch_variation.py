"""Spread of outputs and targets over the training: by hand."""

import math

import numpy as np
import pytest
import xarray as xr

import gradviz as gv
from gradviz.errors import BadRecording


def variation(output=None, target=None):
    given = {"output_spread": output, "target_spread": target}
    columns = {
        name: ("step", np.array(values, float)) for name, values in given.items() if values is not None
    }
    length = max(len(values) for values in (output, target) if values is not None)
    found = gv.batch_variation(xr.Dataset(columns, {"step": np.arange(length)}))
    return {str(name): float(found[name]) for name in found}


def test_hand_computed():
    found = variation([9, 9, 9, 9, 9, 9, 1, 2], [4] * 8)
    assert found["output_spread_at_end"] == 1.5
    assert found["output_spread_over_target"] == 0.375
    assert (found["target_spread_at_end"], found["largest_target_spread"]) == (4, 4)
    assert found["steps_with_target_spread"] == 8


def test_steps_that_lack_one_do_not_count():
    found = variation([1, 1, 1, 5, math.inf], [2, 2, 2, 2, 2])
    assert found["output_spread_over_target"] == 2.5
    assert variation([1, 1], [math.nan, math.nan])["steps_with_target_spread"] == 0
    assert math.isnan(variation([1, 1], [math.nan, 1])["largest_target_spread"]) is False


def test_targets_alone():
    found = variation(target=[0, 0, 0])
    assert (found["largest_target_spread"], found["steps_with_target_spread"]) == (0, 3)
    assert math.isnan(found["output_spread_over_target"])


def test_bad_input():
    with pytest.raises(BadRecording, match=r"tape\.step"):
        gv.batch_variation(xr.Dataset())
