"""Noise between sequences: by hand, at any scale, and where gradients cancel."""

from itertools import combinations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from invented import one, recording
from torch import nn

import gradviz as gv
from gradviz.measures.gradient_noise import gradient_noise

INF, NAN = np.inf, np.nan


def of_norms(*rows):
    """Noise of log10 norms; each row is a time step, with one norm per sequence."""
    return gradient_noise(recording(log10_grad_h=one(rows))).squeeze(["step", "layer", "direction"])


def of_gradients(*rows):
    """Noise of gradients; each row is a time step, with one vector per sequence."""
    gradients = one(rows)
    norms = np.zeros(gradients.shape[:-1])
    ds = recording("rnn", detail="full", log10_grad_h=norms, grad_h=gradients)
    return gradient_noise(ds).squeeze(["step", "layer", "direction"])


def test_spread_of_the_norms_by_hand():
    found = of_norms([0, -1, -2, -3, -4], [-300, -301, NAN, NAN, NAN])
    np.testing.assert_allclose(found["log10_grad_spread"], [2, 0.5])
    norms = 10.0 ** -np.arange(5)
    np.testing.assert_allclose(
        found["coefficient_of_variation"],
        [np.std(norms, ddof=1) / np.mean(norms), np.std([1, 0.1], ddof=1) / 0.55],
        rtol=1e-6,
    )
    assert found["log10_grad_spread"].attrs["units"] == "decades"
    assert "signal_to_noise" not in found


@pytest.mark.parametrize(
    ("norms", "spread", "variation"),
    [
        ([-2, -2, -2], 0, 0),
        ([-2, -INF], NAN, np.sqrt(2)),  # a norm of zero counts as a norm, but has no logarithm
        ([-INF, -INF], NAN, NAN),
        ([-400, -402, INF], 1, np.std([1, 0.01], ddof=1) / 0.505),
        ([-2, NAN], NAN, NAN),
        ([NAN, NAN], NAN, NAN),
    ],
)
def test_zero_infinite_and_missing_norms(norms, spread, variation):
    found = of_norms(norms)
    np.testing.assert_allclose(found["log10_grad_spread"].item(), spread, atol=1e-12)
    np.testing.assert_allclose(found["coefficient_of_variation"].item(), variation, atol=1e-12)


def test_signal_and_alignment_by_hand():
    found = of_gradients(
        [[3.0, 0], [1, 0]],  # mean 2, deviation sqrt(2)
        [[1, 0], [-1, 0]],  # they cancel
        [[1, 0], [0, 1]],
        [[2, 0], [0, 0]],
        [[1, 1], [1, 1]],
        [[0, 0], [0, 0]],
    )
    np.testing.assert_allclose(
        found["signal_to_noise"], [2 / np.sqrt(2), 0, np.sqrt(0.5), np.sqrt(0.5), INF, NAN]
    )
    np.testing.assert_allclose(found["alignment"], [1, -1, 0, NAN, 1, NAN], atol=1e-12)


@settings(max_examples=40, deadline=None)
@given(
    arrays(np.float64, st.tuples(st.integers(2, 5), st.integers(1, 4)), elements=st.integers(-3, 3)),
    st.sampled_from([1.0, 1e-30, 1e-200, 1e200]),
)
def test_agrees_with_plain_loops_at_any_scale(gradients, scale):
    found = of_gradients(gradients * scale)
    mean = gradients.mean(axis=0)
    deviation = np.sqrt(((gradients - mean) ** 2).sum() / (len(gradients) - 1))
    if deviation > 1e-6:
        np.testing.assert_allclose(
            found["signal_to_noise"].item(), np.linalg.norm(mean) / deviation, rtol=1e-6, atol=1e-9
        )
    pairs = list(combinations([g / np.linalg.norm(g) for g in gradients if g.any()], 2))
    expected = np.mean([a @ b for a, b in pairs]) if pairs else NAN
    np.testing.assert_allclose(found["alignment"].item(), expected, rtol=1e-6, atol=1e-9)


def test_padding_infinities_and_missing_units_do_not_count():
    there = [[3.0, 4.0, 0.0], [0.0, 5.0, 0.0]]
    plain = of_gradients(there)
    for absent in ([NAN] * 3, [INF, 1.0, 1.0]):
        found = of_gradients([*there, absent])
        assert found["signal_to_noise"].item() == pytest.approx(plain["signal_to_noise"].item())
        assert found["alignment"].item() == pytest.approx(plain["alignment"].item())
    projected = of_gradients([[3.0, 4.0, NAN], [0.0, 5.0, NAN]])
    assert projected["alignment"].item() == pytest.approx(0.8)


def test_equal_sequences_agree_and_opposite_losses_cancel():
    rnn, x = nn.RNN(2, 3), torch.randn(5, 1, 2).expand(5, 4, 2)
    for signs, alignment, signal in (([1.0, 1, 1, 1], 1, INF), ([1.0, -1, 1, -1], -1 / 3, 0)):
        with gv.record(rnn, detail="full") as tape:
            (rnn(x)[0][-1].sum(1) * torch.tensor(signs)).sum().backward()
        found = gradient_noise(tape.dataset).squeeze()
        np.testing.assert_allclose(found["alignment"], alignment, rtol=1e-5)
        assert (found["signal_to_noise"] > 1e5).all() if signal else (found["signal_to_noise"] < 1e-5).all()
        np.testing.assert_allclose(found["coefficient_of_variation"], 0, atol=1e-5)
