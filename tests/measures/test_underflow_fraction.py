"""Gradients below the float range: fractions, and the lag from which they stay below it."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from invented import recording
from torch import nn

import gradviz as gv
from gradviz.errors import BadRecording
from gradviz.measures.underflow_fraction import underflow_fraction

NAN, INF = np.nan, np.inf


def of(*sequences, **more):
    """Measured for one step, layer and direction; sequences run from their first time step to their last."""
    arrays = {"underflow": sequences, **more}
    ds = recording(**{name: np.array(rows, float).T[None, None, None] for name, rows in arrays.items()})
    return underflow_fraction(ds).squeeze(["step", "layer", "direction"])


def test_hand_computed():
    found = of([1, 1, 1, 0, 0], [1, 0, 1, 0, 0], [1, 1, 0, 0, NAN])
    assert found["underflow_fraction"].item() == pytest.approx(7 / 14)
    np.testing.assert_allclose(found["underflow_fraction_at_time"], [1, 2 / 3, 2 / 3, 0, 0], rtol=1e-6)
    assert found["underflow_lag"].item() == 2  # the lags are 2, 4 and 2, each from the end of its sequence
    assert found["underflow_lag"].attrs["units"] == "time steps"


@pytest.mark.parametrize(
    ("sequences", "lag"),
    [
        ([[1, 1, 0]], 1),
        ([[1, 1, 0], [0, 0, 0]], NAN),  # one half is not more than half
        ([[1, 1, 0], [1, 0, 0]], 2),
        ([[1, 1, 0], [1, 0, 0], [0, 0, 0]], 2),
        ([[1, 1, 1]], 0),
        ([[0, 1, 0]], NAN),  # not to its end
        ([[1, 1, 0], [NAN, NAN, NAN]], 1),
        ([[NAN, NAN, NAN]], NAN),
    ],
)
def test_the_lag_for_more_than_half_of_the_sequences(sequences, lag):
    np.testing.assert_equal(of(*sequences)["underflow_lag"].item(), lag)


@settings(max_examples=30, deadline=None)
@given(
    arrays(
        float, st.tuples(st.integers(1, 4), st.integers(1, 5)), elements=st.sampled_from([0.0, 1, 1, 1, NAN])
    )
)
def test_agrees_with_a_plain_search(rows):
    lags = []
    for row in rows:
        there = np.flatnonzero(~np.isnan(row))
        held = [there[-1] - t for t in there if row[t] == 0]
        after = [there[-1] - t for t in there if row[t] == 1 and there[-1] - t > max(held, default=-1)]
        lags += [min(after, default=INF)] if len(there) else []
    enough = [lag for lag in sorted(lags) if 2 * sum(other <= lag for other in lags) > len(lags)]
    expected = enough[0] if enough and np.isfinite(enough[0]) else NAN
    np.testing.assert_equal(of(*rows)["underflow_lag"].item(), expected)


def test_exact_zeros_do_not_count_as_gradients_within_the_range():
    cut, absent = [-INF, -40.0, 0.0], [-INF, -INF, -INF]
    found = of([0, 1, 0], [0, 0, 0], log10_grad_h=[cut, absent])
    assert found["underflow_lag"].item() == 1
    assert np.isnan(of([0, 1, 0], [0, 0, 0])["underflow_lag"].item())


def test_a_reverse_direction_counts_from_the_first_step():
    sequence = np.array([1.0, 1, 1, 0])[:, None]
    found = underflow_fraction(recording(underflow=[[[sequence, sequence[::-1]]]]))
    np.testing.assert_array_equal(found["underflow_lag"].squeeze(), [1, 1])


def test_a_network_whose_gradient_leaves_the_range_of_float32():
    rnn = nn.RNN(2, 3, nonlinearity="relu", bias=False)
    with torch.no_grad():
        rnn.weight_ih_l0.abs_()
        rnn.weight_hh_l0.copy_(torch.eye(3) / 16)
    with gv.record(rnn) as tape:
        rnn(torch.rand(60, 2, 2) + 0.1)[0][-1, :, 0].sum().backward()
    found = underflow_fraction(tape.dataset).squeeze()
    assert found["underflow_lag"].item() == 32  # 2^-4 a step, below 2^-126
    assert found["underflow_fraction"].item() == pytest.approx(28 / 60)


def test_without_it_there_is_an_error():
    with pytest.raises(BadRecording, match="no variable 'underflow'"):
        underflow_fraction(recording("observed", state_h=np.zeros((1, 1, 1, 2, 1))))
