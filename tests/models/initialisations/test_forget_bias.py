"""One forget bias: value of the gate, and time constant of the state."""

import math

import pytest
import torch
from at_rest import KEEPS, gate_of_units, kept_after
from torch import nn

import gradviz as gv


@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU])
@pytest.mark.parametrize("value", [-2.0, 1.0, 3.0])
def test_the_gate_that_keeps_stands_at_sigma_of_the_value(kind, value):
    module = gv.initialise(kind(2, 6, 2, bidirectional=True), "forget_bias", value=value)
    gate = gate_of_units(module, KEEPS[kind])
    assert gate.shape == (24,)
    assert gate.tolist() == pytest.approx([1 / (1 + math.exp(-value))] * 24, rel=1e-5)


@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU])
@pytest.mark.parametrize(("value", "time_constant"), [(0.0, 2.0), (1.0, 3.718), (2.0, 8.389)])
def test_the_state_lasts_for_its_time_constant(kind, value, time_constant):
    module = gv.initialise(kind(2, 4), "forget_bias", value=value)
    per_step = kept_after(module, 5) ** (1 / 5)
    assert (1 / (1 - per_step)).tolist() == pytest.approx([time_constant] * 4, rel=1e-3)


def test_a_gru_whose_update_gate_stands_near_1_keeps_its_state():
    module = gv.initialise(nn.GRU(2, 6), "forget_bias", value=12.0)
    assert torch.all(kept_after(module, 20) > 0.999)


def test_by_default_the_value_is_1():
    cell = gv.initialise(nn.LSTMCell(2, 3), "forget_bias")
    assert (cell.bias_ih + cell.bias_hh)[3:6].tolist() == [1, 1, 1]


def test_a_value_that_is_not_a_number():
    with pytest.raises(ValueError, match="value = nan: must be a finite number"):
        gv.initialise(nn.LSTM(1, 1), "forget_bias", value=math.nan)
