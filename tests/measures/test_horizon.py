"""Horizons: by hand, of exponentials, with padding, across a detach, and with a loss on every step."""

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
from gradviz.measures.horizon import horizon

INF, NAN = np.inf, np.nan


def of(*sequences, **options):
    """Measured for one step, layer and direction; sequences run from their first time step to their last."""
    return horizon(recording(log10_grad_h=one(np.array(sequences).T)), **options).squeeze(
        ["step", "layer", "direction"]
    )


def test_hand_computed():
    found = of([-4, -3, -2, -1, 0], [-1, -5, 0, -5, -9])
    np.testing.assert_array_equal(found["horizon_of_sequence"], [3, 4])
    assert found["horizon"].item() == 3.5
    assert found["horizon_quartile_low"].item() == 3.25
    assert found["horizon_quartile_high"].item() == 3.75
    assert (
        found["horizon_reached_fraction"].item() == 0.5
    )  # the second sequence does not fall within its longest lag
    assert found["longest_lag"].item() == 4


@pytest.mark.parametrize(("rate", "decades", "expected"), [(0.25, 3, 12), (0.25, 1, 4), (0.375, 3, 8)])
def test_the_horizon_of_an_exponential_is_decades_over_rate(rate, decades, expected):
    found = of(rate * np.arange(-30.0, 1.0), decades=decades)
    assert found["horizon"].item() == expected
    assert found["horizon_reached_fraction"].item() == 1
    assert f"{decades} decades below" in found["horizon"].attrs["long_name"]
    assert found["horizon"].attrs["units"] == "time steps"


def test_a_gradient_that_never_falls_reaches_the_longest_lag():
    found = of(np.zeros(6), -np.arange(6.0))  # constant, and exploding on its way back
    assert found["horizon"].item() == 5
    assert found["horizon_reached_fraction"].item() == 0


@pytest.mark.parametrize(
    ("sequence", "expected", "reached"),
    [
        ([-INF, -INF, -1, 0], 1, 1),  # cut
        ([-INF, INF, -1, 0], 2, 1),  # an infinite norm is above, but is not the maximum
        ([0, -9, INF, INF], 3, 0),
        ([0, -9, -INF, -INF], 3, 0),  # a loss in the middle: the maximum is at its step
        ([-9, -9, 0, NAN], 0, 1),  # padding
        ([-9, NAN, 0, 0], 1, 1),
    ],
)
def test_zero_infinite_and_missing_norms(sequence, expected, reached):
    found = of(sequence)
    assert found["horizon"].item() == expected
    assert found["horizon_reached_fraction"].item() == reached


@pytest.mark.parametrize("nothing", [-INF, NAN])
def test_a_sequence_without_gradient_has_no_horizon_and_does_not_count(nothing):
    found = of([nothing] * 4, [-9, -9, -9, 0])
    np.testing.assert_array_equal(found["horizon_of_sequence"], [NAN, 0])
    assert found["horizon"].item() == 0
    assert found["horizon_reached_fraction"].item() == 1
    alone = of([nothing] * 4)
    assert np.isnan([alone["horizon"].item(), alone["horizon_reached_fraction"].item()]).all()


def test_a_reverse_direction_counts_from_the_first_step():
    sequence = np.array([0.0, -1, -2, -9, -9, NAN])[:, None]
    found = horizon(recording(log10_grad_h=[[[sequence[::-1], sequence]]]))
    np.testing.assert_array_equal(found["horizon"].squeeze(), [2, 2])
    assert found["horizon"].dims == ("step", "layer", "direction")


@settings(max_examples=40, deadline=None)
@given(
    arrays(
        np.float32,
        st.tuples(st.integers(1, 7), st.integers(1, 4)),
        elements=st.sampled_from([-INF, INF, NAN, *np.arange(-6.0, 2.0)]),
    )
)
def test_agrees_with_a_plain_search(norms):
    found = of(*norms.T)["horizon_of_sequence"].values
    for sequence, value in zip(norms.T, found, strict=True):
        there = np.flatnonzero(~np.isnan(sequence))
        finite = sequence[np.isfinite(sequence)]
        threshold = finite.max() - 3 if len(finite) else INF
        lags = [there[-1] - t for t in there if sequence[t] >= threshold or sequence[t] == INF]
        np.testing.assert_equal(value, float(max(lags)) if lags else NAN)


def test_it_grows_with_the_decades_allowed():
    sequence = np.sort(np.random.default_rng(1).uniform(-20, 0, 30))
    reached = [of(sequence, decades=d)["horizon"].item() for d in (0.5, 1, 2, 4, 8, 16)]
    assert reached == sorted(reached)
    assert reached[0] < reached[-1]


def test_across_a_detach_nothing_passes():
    cell, head = nn.RNNCell(2, 3), nn.Linear(3, 1)
    with gv.record(nn.ModuleList([cell, head])) as tape:
        h = torch.zeros(2, 3)
        for t in range(9):
            h = cell(torch.ones(2, 2), h.detach() if t == 5 else h)
        head(h).sum().backward()
    found = horizon(tape["0"], decades=100)
    assert found["horizon"].item() == 3  # steps 8, 7, 6 and 5
    assert found["horizon_reached_fraction"].item() == 1


@pytest.mark.parametrize(
    ("every_step", "fraction", "reached", "steps"), [(False, 1 / 40, 1, 9), (True, 1, 0, 39)]
)
def test_a_loss_on_every_step_hides_the_horizon_and_shows_in_the_direct_fraction(
    every_step, fraction, reached, steps
):
    rnn = nn.RNN(2, 3, nonlinearity="relu", bias=False)  # linear, since all is positive; it halves each step
    with torch.no_grad():
        rnn.weight_ih_l0.abs_()
        rnn.weight_hh_l0.copy_(torch.eye(3) / 2)
    with gv.record(rnn) as tape:
        out = rnn(torch.rand(40, 2, 2) + 0.1)[0]
        (out if every_step else out[-1]).sum().backward()
    found = horizon(tape.dataset)
    assert found["direct_fraction"].item() == pytest.approx(fraction)
    assert found["horizon_reached_fraction"].item() == reached
    assert found["horizon"].item() == steps


def test_the_cell_state():
    norms = one(np.array([[-9.0], [-1], [0]]))
    ds = recording(log10_grad_h=norms * 0, log10_grad_c=norms)
    assert horizon(ds, variable="log10_grad_c")["horizon"].item() == 1
    assert "direct_fraction" not in horizon(ds)


def test_errors():
    ds = recording(log10_grad_h=one(np.zeros((3, 1))))
    with pytest.raises(ValueError, match="decades = -1: must be a number above 0"):
        horizon(ds, decades=-1)
    with pytest.raises(BadRecording, match="no variable 'log10_grad_c'"):
        horizon(ds, variable="log10_grad_c")
