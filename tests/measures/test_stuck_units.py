"""Units with a gate that stays at one end of its range."""

import numpy as np
import torch
from invented import one, recording
from torch import nn

import gradviz as gv
from gradviz.measures.stuck_units import stuck_units


def test_hand_computed():
    left = [[0.0, 1.0, 0.5, np.nan], [0, 0, 0, 0], [1, 1, 1, 1]]
    right = [[1.0, 0.0, 0.5, np.nan], [1, 1, 0.999, 0], [0, 0, 0, 0]]
    found = stuck_units(recording("gru", unit_left=one(left), unit_right=one(right))).squeeze()
    np.testing.assert_array_equal(found["stuck_left"].sel(gate="reset"), [0, 1, 0, np.nan])
    np.testing.assert_array_equal(found["stuck_right"].sel(gate="update"), [1, 1, 0, 0])
    np.testing.assert_allclose(found["stuck_left_fraction"], [1 / 3, 0, 1])
    np.testing.assert_allclose(found["stuck_right_fraction"], [1 / 3, 0.5, 0])
    assert found["stuck_left_fraction"].attrs["units"] == "1"


def test_forget_gates_held_shut_are_stuck_left_and_no_other_gate_is():
    lstm = nn.LSTM(3, 8)
    gv.initialise(lstm, "forget_bias", value=-30.0)
    with gv.record(lstm) as tape:
        lstm(torch.randn(5, 2, 3))[0].sum().backward()
    found = stuck_units(tape.dataset).squeeze()
    assert found["stuck_left_fraction"].sel(gate="forget").item() == 1
    assert found["stuck_left_fraction"].drop_sel(gate="forget").sum().item() == 0
    assert found["stuck_right_fraction"].sum().item() == 0
