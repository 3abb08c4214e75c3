"""Time constants: 2, 3.72 and 8.39 for forget biases 0, 1 and 2; chrono's spread; quantiles over units."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from invented import one, recording
from torch import nn

import gradviz as gv
from gradviz.errors import BadRecording
from gradviz.measures.time_constants import time_constants


def of_forget_gates(values, **more):
    """A recording of an LSTM whose other gates are 0.3."""
    gates = np.full((4, len(values)), 0.3)
    gates[1] = values
    return recording("lstm", unit_mean=one(gates), **more)


def recorded(module, *, detail="norms"):
    with gv.record(module, detail=detail) as tape:
        module(torch.zeros(6, 2, 3))[0].sum().backward()
    return tape.dataset


@pytest.mark.parametrize(("bias", "expected"), [(0.0, 2.0), (1.0, 3.7182818), (2.0, 8.3890561)])
def test_an_lstm_with_a_constant_forget_bias(bias, expected):
    module = nn.LSTM(3, 4)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.zero_()
    gv.initialise(module, "forget_bias", value=bias)
    found = time_constants(recorded(module, detail="full")).squeeze()
    np.testing.assert_allclose(found["time_constant"], np.full(4, expected), rtol=1e-5)
    np.testing.assert_allclose(found["time_constant_of_product"], np.full(4, expected), rtol=1e-5)
    assert found["time_constant"].attrs["long_name"] == "time constant of the mean forget gate"
    assert found["time_constant"].attrs["units"] == "time steps"


def test_a_gru_keeps_its_state_by_the_update_gate():
    module = nn.GRU(3, 4)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.zero_()
        module.bias_hh_l0[4:8] = np.log(9)
    found = time_constants(recorded(module))
    np.testing.assert_allclose(found["time_constant"].squeeze(), np.full(4, 10), rtol=1e-5)
    assert "update gate" in found["time_constant_median"].attrs["long_name"]


def test_chrono_spreads_them_evenly_up_to_the_largest():
    module = nn.LSTM(3, 1000)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.zero_()
    gv.initialise(module, "chrono", t_max=100, generator=torch.Generator().manual_seed(1))
    ds = recorded(module)
    found = time_constants(ds).squeeze()
    assert float(found["time_constant_low"]) == pytest.approx(11.8, abs=3)
    assert float(found["time_constant_median"]) == pytest.approx(51, abs=5)
    assert float(found["time_constant_high"]) == pytest.approx(90.2, abs=3)
    assert 98 < float(found["time_constant_largest"]) <= 100.01
    right = ds["unit_right"].sel(gate="forget").mean().item()
    assert right == pytest.approx((100 - 10) / (100 - 2), abs=0.03)


def test_hand_computed_quantiles_and_a_gate_that_is_one():
    found = time_constants(of_forget_gates([0.0, 0.5, 0.75, 0.875, 1.0])).squeeze()
    np.testing.assert_allclose(found["time_constant"], [1, 2, 4, 8, np.inf])
    assert found["time_constant_median"].item() == 4
    assert found["time_constant_low"].item() == pytest.approx(1 / (1 - 0.2))  # 0.4 of the way from 0 to 0.5
    assert found["time_constant_high"].item() == pytest.approx(1 / (1 - 0.95))
    assert found["time_constant_largest"].item() == np.inf


def test_units_that_do_not_exist_do_not_count():
    found = time_constants(of_forget_gates([0.5, np.nan, 0.75])).squeeze()
    np.testing.assert_allclose(found["time_constant"], [2, np.nan, 4])
    assert found["time_constant_largest"].item() == 4
    assert np.isnan(time_constants(of_forget_gates([np.nan]))["time_constant_median"]).all()


def test_the_product_of_varying_gates_keeps_less_than_their_mean():
    gates = np.full((1, 1, 1, 2, 1, 4, 1), 0.3)
    gates[0, 0, 0, :, 0, 1, 0] = [0.9, 0.1]
    found = time_constants(of_forget_gates([0.5], gates=gates)).squeeze()
    assert found["time_constant"].item() == pytest.approx(2)
    assert found["time_constant_of_product"].item() == pytest.approx(1 / (1 - 0.3))


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(0, 1, width=32), min_size=1, max_size=9))
def test_a_more_open_gate_keeps_longer(gates):
    found = time_constants(of_forget_gates(gates)).squeeze(["step", "layer", "direction"])
    ordered = found["time_constant"].values[np.argsort(gates)]
    assert (ordered >= 1).all()
    assert (ordered[1:] >= ordered[:-1]).all()
    assert found["time_constant_largest"].item() == ordered[-1]
    if len(gates) % 2:
        assert found["time_constant_median"].item() == pytest.approx(np.median(ordered))


@pytest.mark.parametrize("cell", ["rnn", "rnn_relu"])
def test_a_plain_rnn_has_none(cell):
    ds = recording(cell, unit_mean=one(np.zeros((1, 3))))
    with pytest.raises(BadRecording, match=r"has no gate that keeps its state.*LSTM, GRU have"):
        time_constants(ds)


def test_a_recurrence_written_by_hand_has_no_gates():
    with pytest.raises(BadRecording, match="written by hand and has no gates"):
        time_constants(recording("observed", state_h=one(np.zeros((2, 1)))))
