"""Sizes of the recurrent weights over a training: by hand and against torch."""

import math

import numpy as np
import pytest
import torch
import xarray as xr
from torch import nn

import gradviz as gv
from gradviz.errors import BadRecording


def by_hand(sizes, steps=None):
    """``sizes``: (step, gate)."""
    values = np.asarray(sizes, float)[:, None, None]
    coords = {"step": steps or np.arange(len(sizes)), "layer": [0], "direction": ["forward"]}
    dims = ("step", "layer", "direction", "gate")
    return xr.Dataset({"recurrent_weight_norm": (dims, values)}, coords, {"cell": "gru", "module": "layer"})


def values(found):
    return [found[name].item() for name in ("weight_size", "largest_weight_size_before")]


def test_by_hand():
    data = by_hand([[1, 2, 3], [5, 1, 1], [0.1, 0.2, 0.1]], [0, 10, 20])
    assert values(gv.recurrent_weight_size(data)) == [0.2, 5]
    assert values(gv.recurrent_weight_size(data, upto=19)) == [5, 3]
    first = values(gv.recurrent_weight_size(data, upto=0))
    assert first[0] == 3
    assert math.isnan(first[1])


def test_of_a_module():
    torch.manual_seed(0)
    lstm = nn.LSTM(2, 5, num_layers=2, bidirectional=True)
    found = gv.recurrent_weight_size(gv.probe(lstm))
    expected = [
        [max(float(block.detach().norm()) for block in weight.chunk(4)) for weight in pair]
        for pair in (
            (lstm.weight_hh_l0, lstm.weight_hh_l0_reverse),
            (lstm.weight_hh_l1, lstm.weight_hh_l1_reverse),
        )
    ]
    assert found["weight_size"].dims == ("layer", "direction")
    assert found["weight_size"].values == pytest.approx(np.array(expected), rel=1e-5)


def test_bad_input():
    with pytest.raises(BadRecording, match="recurrent_weight_norm"):
        gv.recurrent_weight_size(xr.Dataset({"loss": ("step", [1.0])}))
    with pytest.raises(BadRecording, match="up to training step 4"):
        gv.recurrent_weight_size(by_hand([[1.0]], [5]), upto=4)
    with pytest.raises(ValueError, match="upto"):
        gv.recurrent_weight_size(by_hand([[1.0]]), upto=-1)
