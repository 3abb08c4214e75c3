"""Decay rates: exact on exponentials, two rates where there are two, norms that are not finite counted."""

import invented
import numpy as np
import pytest
import slow_decay_rate
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

import gradviz as gv
from gradviz.errors import BadRecording
from gradviz.measures.decay_rate import decay_rate
from gradviz.recording.build_dataset import build_dataset
from gradviz.recording.call_record import CallRecord


def recording(log10_norms):
    """A recording of norms, shape (step, layer, direction, time, sample)."""
    return invented.recording(log10_grad_h=log10_norms)


def exponential(rate, times=12):
    """Norms that lose ``rate`` decades per time step of lag, shape (time,)."""
    return -rate * (times - 1 - np.arange(times))


def one(values):
    """A recording of norms of one step, layer and direction, shape (time, sample)."""
    return recording(invented.one(values))


@pytest.mark.parametrize("rate", [0.25, -0.125, 0.0])
def test_exact_on_pure_exponentials(rate):
    found = decay_rate(one(exponential(rate)[:, None] + np.array([0.0, -3.0])))
    assert float(found["decay_rate"].squeeze()) == pytest.approx(rate, abs=1e-6)
    assert float(found["goodness_of_fit"].squeeze()) == pytest.approx(1, abs=1e-5)


def test_median_and_quartiles_over_sequences():
    rates = np.array([0.5, 0.25, 1.0, 2.0, 0.125])
    found = decay_rate(one(np.stack([exponential(rate) for rate in rates], axis=1)))
    assert float(found["decay_rate"].squeeze()) == pytest.approx(0.5)
    assert float(found["decay_rate_quartile_low"].squeeze()) == pytest.approx(0.25)
    assert float(found["decay_rate_quartile_high"].squeeze()) == pytest.approx(1.0)


def test_one_outlier_does_not_move_the_line():
    values = exponential(0.25)
    values[3] = 50
    found = decay_rate(one(values[:, None]))
    assert float(found["decay_rate"].squeeze()) == pytest.approx(0.25)
    assert float(found["goodness_of_fit"].squeeze()) < 0.9


def test_ignores_and_counts_what_is_not_finite():
    values = np.stack([exponential(0.25)] * 3, axis=1)
    values[:2, 0], values[4, 0], values[5:7, 1] = -np.inf, np.inf, np.nan
    values[1:, 2] = np.nan
    found = decay_rate(one(values))
    assert float(found["decay_rate"].squeeze()) == pytest.approx(0.25)
    assert int(found["values_ignored"].squeeze()) == 3 + 2 + 11
    assert int(found["sequences_fitted"].squeeze()) == 2


def test_nothing_to_fit_is_nan():
    found = decay_rate(one(np.full((5, 2), -np.inf)))
    assert np.isnan(found["decay_rate"]).all()
    assert np.isnan(found["goodness_of_fit"]).all()
    assert int(found["sequences_fitted"].squeeze()) == 0


def test_reverse_direction_is_positive_where_it_vanishes():
    forward = exponential(0.25)[:, None]
    found = decay_rate(recording(np.stack([forward, forward[::-1]])[None, None]))
    np.testing.assert_allclose(found["decay_rate"].squeeze(), [0.25, 0.25], rtol=1e-6)


def test_every_step_and_layer_has_its_own():
    rates = np.array([[0.25, 0.5], [1.0, 2.0], [0.0, -0.5]])
    values = np.stack([[exponential(r)[None, :, None] for r in row] for row in rates])
    found = decay_rate(recording(values))["decay_rate"]
    assert found.dims == ("step", "layer", "direction")
    np.testing.assert_allclose(found.squeeze(), rates, atol=1e-6)


def test_the_sequences_of_all_calls_or_of_one():
    records = [
        CallRecord(0, "rnn", "rnn", np.arange(2), {"log10_grad_h": values[None, None]}, 0.0, call=call)
        for call, values in enumerate(
            [exponential(0.5)[:, None] + [0, 1], exponential(0.25, 5)[:, None] + [0, 1]]
        )
    ]
    ds = build_dataset(records)
    assert decay_rate(ds)["decay_rate"].item() == pytest.approx((0.5 + 0.25) / 2)  # the median of two each
    assert decay_rate(ds)["sequences_fitted"].item() == 4
    found = decay_rate(ds, call=1)
    assert found["decay_rate"].dims == ("step", "layer", "direction")
    assert found["decay_rate"].item() == pytest.approx(0.25)
    assert decay_rate(ds.sel(call=[0]))["decay_rate"].item() == pytest.approx(0.5)


def test_units_and_names():
    found = decay_rate(one(exponential(0.25)[:, None]))
    assert found["decay_rate"].attrs["units"] == "decades per time step"
    assert "positive is vanishing" in found["decay_rate"].attrs["long_name"]
    assert all(variable.attrs["long_name"] for variable in found.data_vars.values())


def bent(near, far, change, times=40):
    lag = times - 1 - np.arange(times)
    return -near * np.minimum(lag, change) - far * np.maximum(lag - change, 0)


def test_two_regimes():
    curves = [bent(1, 0.25, 10), bent(2, 0.25, 12), bent(1, 0.5, 12.5)]
    found = decay_rate(one(np.stack(curves, axis=1))).squeeze()
    assert found["regimes"].item() == 2
    assert found["near_rate"].item() == pytest.approx(1, rel=1e-5)
    assert found["far_rate"].item() == pytest.approx(0.25, rel=1e-5)
    assert found["change_lag"].item() == pytest.approx(12, rel=1e-5)
    assert found["goodness_of_regimes"].item() == pytest.approx(1, abs=1e-5)
    assert found["goodness_of_fit"].item() < 0.9
    assert found["change_lag"].attrs["units"] == "time steps"
    assert found["far_rate"].attrs["units"] == "decades per time step"


def test_one_regime_has_its_rate_in_both():
    noise = np.random.default_rng(1).normal(0, 0.1, (40, 2))
    found = decay_rate(one(exponential(0.25, 40)[:, None] + noise)).squeeze()
    assert found["regimes"].item() == 1
    assert found["near_rate"].item() == found["far_rate"].item() == found["decay_rate"].item()
    assert np.isnan(found["change_lag"].item())
    assert found["goodness_of_regimes"].item() == found["goodness_of_fit"].item()


@pytest.mark.parametrize(("plain", "with_change", "regimes"), [(2, 1, 1), (2, 2, 1), (1, 2, 2)])
def test_regimes_are_what_more_than_half_of_the_sequences_have(plain, with_change, regimes):
    curves = [exponential(0.25, 40)] * plain + [bent(1, 0.25, 10)] * with_change
    found = decay_rate(one(np.stack(curves, axis=1))).squeeze()
    assert found["regimes"].item() == regimes
    assert found["far_rate"].item() == pytest.approx(0.25, rel=1e-5)
    assert found["change_lag"].item() == pytest.approx(10, rel=1e-5)  # over the sequences that have one


def test_too_few_norms_have_one_regime_and_no_norms_have_none():
    assert decay_rate(one(bent(1, 0.1, 3, times=7)[:, None]))["regimes"].item() == 1
    assert np.isnan(decay_rate(one(np.full((9, 2), np.nan)))["regimes"]).all()


def test_the_change_counts_from_the_last_step_of_each_sequence_and_in_reverse_from_the_first():
    padded = np.concatenate([bent(1, 0.25, 10), np.full(20, np.nan)])[:, None]
    forward = decay_rate(one(padded))
    assert forward["change_lag"].item() == pytest.approx(10, rel=1e-5)
    reverse = np.concatenate([bent(1, 0.25, 10)[::-1], np.full(20, np.nan)])[:, None]
    both = decay_rate(recording(np.stack([padded, reverse])[None, None])).squeeze()
    np.testing.assert_allclose(both["change_lag"], [10, 10], rtol=1e-5)
    np.testing.assert_allclose(both["near_rate"], [1, 1], rtol=1e-5)


def test_the_change_is_exact_in_a_long_sequence():
    found = decay_rate(one(bent(0.5, 0.125, 300, times=1000)[:, None]))
    assert found["change_lag"].item() == pytest.approx(300, rel=1e-5)
    assert found["near_rate"].item() == pytest.approx(0.5, rel=1e-5)


def recorded(module, times=30):
    x = torch.rand(times, 2, 2)
    with gv.record(module) as tape:
        module(x)[0][-1].sum().backward()
    return tape.dataset


@pytest.mark.parametrize("factor", [0.5, 1.0, 1.25])
def test_linear_relu_network(factor):
    rnn = nn.RNN(2, 3, nonlinearity="relu", bias=False)
    with torch.no_grad():
        rnn.weight_ih_l0.abs_()
        rnn.weight_hh_l0.copy_(factor * torch.eye(3))
    found = decay_rate(recorded(rnn))
    assert found["decay_rate"].item() == pytest.approx(-np.log10(factor), abs=1e-6)
    assert found["goodness_of_fit"].item() == pytest.approx(1, abs=1e-4)
    assert found["regimes"].item() == 1


@pytest.mark.parametrize("bias", [0.0, 1.0, 2.0])
def test_cell_state_without_recurrent_weights_decays_by_the_forget_gate(bias):
    lstm = nn.LSTM(2, 3)
    with torch.no_grad():
        lstm.weight_hh_l0.zero_()
        lstm.weight_ih_l0[3:6] = 0
    gv.initialise(lstm, "forget_bias", value=bias)
    ds = recorded(lstm)
    forget = 1 / (1 + np.exp(-bias))
    assert decay_rate(ds, variable="log10_grad_c")["decay_rate"].item() == pytest.approx(
        -np.log10(forget), abs=1e-5
    )
    assert decay_rate(ds)["sequences_fitted"].item() == 0  # dL/dh_t is exactly zero before the last step


def test_a_gradient_that_falls_by_a_thousand_decades():
    rnn = nn.RNN(2, 3, nonlinearity="relu", bias=False)
    with torch.no_grad():
        rnn.weight_ih_l0.abs_()
        rnn.weight_hh_l0.copy_(torch.eye(3) / 10)
    found = decay_rate(recorded(rnn, times=1000))
    assert found["decay_rate"].item() == pytest.approx(1, abs=1e-6)
    assert found["values_ignored"].item() == 0


@pytest.mark.parametrize("bias", [0.0, 1.0, 100.0])
def test_gru_without_recurrent_weights_decays_by_the_update_gate(bias):
    gru = nn.GRU(2, 3)
    with torch.no_grad():
        gru.weight_hh_l0.zero_()
        gru.weight_ih_l0[3:6] = 0
    gv.initialise(gru, "forget_bias", value=bias)
    update = 1 / (1 + np.exp(-bias))
    assert decay_rate(recorded(gru))["decay_rate"].item() == pytest.approx(-np.log10(update), abs=1e-5)


def test_missing_gradient_is_an_error():
    with pytest.raises(BadRecording, match="has no variable 'log10_grad_h'"):
        decay_rate(one(exponential(0.25)[:, None]).drop_vars("log10_grad_h"))


@settings(max_examples=25, deadline=None)
@given(
    st.integers(2, 24),
    st.sampled_from([0.0, 0.02, 0.3, 2.0]),
    st.sampled_from([(0.1, 0.1), (1.0, 0.1), (-0.5, 0.5)]),
    st.integers(0, 10**6),
)
def test_agrees_with_plain_loops(times, noise, pair, seed):
    values = bent(*pair, times / 2, times) + np.random.default_rng(seed).normal(0, 1, times) * noise
    values = values.astype(np.float32).astype(float)  # as they are recorded
    found = decay_rate(one(values[:, None])).squeeze()
    near, far, regimes = slow_decay_rate.rates(list(range(times)), values[::-1].tolist())
    assert found["regimes"].item() == regimes
    np.testing.assert_allclose([found["near_rate"], found["far_rate"]], [near, far], rtol=1e-12, atol=1e-12)


def test_sequences_fitted_in_blocks_are_the_same(monkeypatch):
    values = np.random.default_rng(7).normal(size=(3, 1, 2, 20, 5)).cumsum(axis=3)
    values[0, 0, 1, :4, 2] = np.nan
    together = decay_rate(recording(values))
    monkeypatch.setattr("gradviz.measures.decay_rate._SEQUENCES_PER_BLOCK", 4)
    assert decay_rate(recording(values)).identical(together)
