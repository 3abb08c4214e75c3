"""Relu units that are zero for every input."""

import numpy as np
import pytest
import torch
from invented import one, recording
from torch import nn

import gradviz as gv
from gradviz.errors import BadRecording
from gradviz.measures.dead_units import dead_units


def test_hand_computed():
    found = dead_units(recording("rnn_relu", unit_left=one([[1.0, 0.5, 0, 1, np.nan]]))).squeeze()
    np.testing.assert_array_equal(found["dead"], [1, 0, 0, 1, np.nan])
    assert found["dead_count"].item() == 2
    assert found["dead_fraction"].item() == 0.5
    assert dict(found["dead"].sizes) == {"unit": 5}


def test_units_pushed_below_zero_are_dead_and_get_no_gradient():
    rnn = nn.RNN(3, 6, nonlinearity="relu")
    with torch.no_grad():
        rnn.bias_hh_l0[:2] = -100
        rnn.bias_hh_l0[2:] = 5
    with gv.record(rnn) as tape:
        rnn(torch.randn(5, 4, 3))[0].sum().backward()
    dead = dead_units(tape.dataset)["dead"].squeeze().values
    np.testing.assert_array_equal(dead, [1, 1, 0, 0, 0, 0])
    np.testing.assert_array_equal(rnn.bias_hh_l0.grad == 0, dead == 1)


@pytest.mark.parametrize(
    ("cell", "label"), [("lstm", "LSTM"), ("rnn", r"RNN \(tanh\)"), ("observed", "recurrence")]
)
def test_only_relu_units_can_be_dead(cell, label):
    with pytest.raises(BadRecording, match=f"only relu units can be dead.*of {label}; use stuck_units"):
        dead_units(recording(cell, state_h=one(np.zeros((2, 1)))))
