"""Saturated fractions of each unit, and units that are always saturated."""

import numpy as np
import pytest
import torch
from invented import one, recording
from torch import nn

import gradviz as gv
from gradviz.errors import BadRecording
from gradviz.measures.saturation import saturation
from gradviz.measures.unit_saturation import unit_saturation

LEFT = [[0.0, 1.0, 0.25, 0.5], [0, 0, 0, 0], [np.nan] * 4]
RIGHT = [[0.5, 0.0, 0.75, 0.25], [1, 1, 0, 1], [np.nan] * 4]


def test_hand_computed():
    found = unit_saturation(recording("gru", unit_left=one(LEFT), unit_right=one(RIGHT))).squeeze()
    np.testing.assert_allclose(found["left"], LEFT)
    np.testing.assert_allclose(found["both"].sel(gate="reset"), [0.5, 1, 1, 0.75])
    np.testing.assert_array_equal(found["fully_saturated_fraction"], [0.5, 0.75, np.nan])
    assert found["right"].attrs == {"long_name": "fraction of time above 0.9", "units": "1"}


def test_the_mean_over_units_is_the_saturation_of_the_gate():
    rnn = nn.LSTM(3, 5)
    with gv.record(rnn, every=1) as tape:
        for scale in (1.0, 6.0):
            rnn(scale * torch.randn(7, 2, 3))[0].sum().backward()
            tape.step()
    per_unit, per_gate = unit_saturation(tape.dataset), saturation(tape.dataset)
    for side in ("left", "right", "both"):
        np.testing.assert_allclose(per_unit[side].mean("unit"), per_gate[side], atol=1e-6)
    assert per_unit["both"].sizes["step"] == 2
    assert per_unit["both"].isel(step=1).sum() > per_unit["both"].isel(step=0).sum() + 1


def test_without_units_there_is_an_error():
    with pytest.raises(BadRecording, match="no variable 'unit_right'"):
        unit_saturation(recording("gru", unit_left=one(LEFT)))
