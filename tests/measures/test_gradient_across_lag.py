"""Decades lost over a lag: by hand, on linear recurrences, and by the better of two states."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from invented import one, recording
from torch import nn

import gradviz as gv
from gradviz.errors import BadRecording
from gradviz.measures.gradient_across_lag import gradient_across_lag

INF, NAN = np.inf, np.nan


def of(*sequences, lag=None, **variables):
    """Measured for one step, layer and direction; sequences run from their first time step to their last."""
    given = {name: one(np.array(values, dtype=float).T) for name, values in variables.items()}
    ds = recording(log10_grad_h=one(np.array(sequences, dtype=float).T), **given)
    return gradient_across_lag(ds, lag=lag).squeeze()


def test_hand_computed():
    found = of([-6, -1, 1, 0])
    assert found.attrs["lag"] == 3
    assert found["decades_lost"].item() == 6
    assert found["decades_lost_h"].item() == 6
    assert found["decades_gained_at_peak"].item() == 1
    assert found["lag_of_peak"].item() == 1
    assert found["decades_lost_after_peak"].item() == 7
    assert "decades_lost_c" not in found


@pytest.mark.parametrize(
    ("sequence", "lag", "lost"),
    [
        ([-6, -2, -1, 0], 1, 1),
        ([-6, -2, -1, 0], 2, 2),
        ([5, -2, -1, 0], 3, -5),
        ([-INF, -2, -1, 0], 3, INF),  # nothing arrives
        ([-6, -2, -1, -INF], None, 5),  # counted from where it begins
        ([-6, -2, -1, NAN], 2, 5),  # padding
        ([INF, -2, -1, 0], 3, -INF),
        ([INF, INF, INF, INF], 3, NAN),
    ],
)
def test_lost(sequence, lag, lost):
    np.testing.assert_equal(of(sequence, lag=lag)["decades_lost"].item(), lost)


def test_norms_are_averaged_and_not_their_logarithms():
    found = of([-2, 0], [-INF, 0])
    assert found["decades_lost"].item() == pytest.approx(2 + np.log10(2))


def test_sequences_of_different_length_begin_at_their_own_ends():
    found = of([-3, -2, 0, NAN], [-9, -2, -1, 0], lag=2)
    assert found["decades_lost"].item() == pytest.approx(-np.log10((1e-3 + 1e-2) / 2))
    assert of([-3, -2, 0, NAN], [-9, -2, -1, 0]).attrs["lag"] == 3


@pytest.mark.parametrize(
    ("cell_state", "lost"), [([-1, -1, 0], 1), ([-9, -1, 0], 4), ([-INF, -1, 0], 4), ([NAN] * 3, 4)]
)
def test_the_better_of_hidden_and_cell_state(cell_state, lost):
    found = of([-4, -2, 0], log10_grad_c=[cell_state])
    assert found["decades_lost"].item() == lost
    assert found["decades_lost_h"].item() == 4
    np.testing.assert_equal(found["decades_lost_c"].item(), -np.float64(cell_state[0]))


def test_the_peak_is_searched_within_the_lag():
    sequence = [3, -1, 0.5, 0]
    within, beyond = of(sequence, lag=2), of(sequence, lag=3)
    assert (within["decades_gained_at_peak"].item(), within["lag_of_peak"].item()) == (0.5, 1)
    assert within["decades_lost_after_peak"].item() == 1.5
    assert (beyond["decades_gained_at_peak"].item(), beyond["lag_of_peak"].item()) == (3, 3)
    assert beyond["decades_lost_after_peak"].item() == 0
    falling = of([-2, -1, 0])
    assert (falling["decades_gained_at_peak"].item(), falling["lag_of_peak"].item()) == (0, 0)


def test_both_directions():
    rising = np.array([-4.0, -2, -1, 0])[:, None]
    found = gradient_across_lag(recording(log10_grad_h=[[[rising, rising]]])).squeeze()
    np.testing.assert_array_equal(found["decades_lost"], [4, -4])
    np.testing.assert_array_equal(found["lag_of_peak"], [0, 3])


def test_a_direction_without_any_gradient_is_nan():
    rising = np.array([-4.0, -2, -1, 0])[:, None]
    found = gradient_across_lag(recording(log10_grad_h=[[[rising, rising * 0 - INF]]])).squeeze()
    for name in ("decades_lost", "decades_gained_at_peak", "lag_of_peak"):
        assert np.isnan(found[name].values).tolist() == [False, True]


@pytest.mark.parametrize("gain", [0.1, 0.9, 1.0, 2.0])
def test_a_linear_recurrence_loses_its_gain(gain):
    rnn = nn.RNN(1, 4, nonlinearity="relu", bias=False)  # linear where everything is positive
    with torch.no_grad():
        rnn.weight_ih_l0.fill_(1.0)
        rnn.weight_hh_l0.copy_(gain * torch.eye(4))
    with gv.record(rnn) as tape:
        rnn(torch.ones(21, 2, 1))[0][-1].sum().backward()
    found = gradient_across_lag(tape.dataset)
    assert found["decades_lost"].item() == pytest.approx(-20 * np.log10(gain), abs=1e-4)
    assert found["decades_gained_at_peak"].item() == pytest.approx(max(20 * np.log10(gain), 0), abs=1e-4)


@settings(max_examples=30, deadline=None)
@given(
    arrays(np.float32, st.tuples(st.integers(2, 8), st.integers(1, 3)), elements=st.integers(-9, 3)),
    st.data(),
)
def test_agrees_with_means_of_norms(norms, data):
    lag = data.draw(st.integers(1, len(norms) - 1))
    found = of(*norms.T, lag=lag)
    means = np.log10((10.0 ** norms.astype(float)).mean(1))[::-1]
    assert found["decades_lost"].item() == pytest.approx(means[0] - means[lag], abs=1e-5)
    peak = means[: lag + 1].max()
    assert found["decades_gained_at_peak"].item() == pytest.approx(peak - means[0], abs=1e-5)
    assert found["decades_lost_after_peak"].item() == pytest.approx(peak - means[lag], abs=1e-5)
    assert means[int(found["lag_of_peak"].item())] == pytest.approx(peak, abs=1e-5)


@pytest.mark.parametrize("lag", [0, -1, 1.5, True, "2"])
def test_invalid_lags(lag):
    with pytest.raises(ValueError, match=f"lag = {lag!r}: must be a whole number of at least 1"):
        of([-1, 0], lag=lag)


@pytest.mark.parametrize(
    ("sequence", "lag", "message"),
    [
        ([-1, 0], 2, "lag = 2: the longest sequence has 1 step before the last"),
        ([-1, 0, -INF, NAN], 2, "lag = 2: the longest sequence has 1 step before"),
        ([-1, -1, -1, 0], 9, "has 3 steps before the last"),
        ([0], None, "no sequence has two time steps with a gradient"),
        ([0, -INF], None, "no sequence has two time steps with a gradient"),
        ([-INF, -INF], None, "no sequence has two time steps with a gradient"),
    ],
)
def test_sequences_shorter_than_the_lag(sequence, lag, message):
    with pytest.raises(BadRecording, match=message):
        of(sequence, lag=lag)
