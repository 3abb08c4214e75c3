"""Infinite and NaN values: counted by hand; padding and exact zeros do not count."""

import contextlib

import numpy as np
import pytest
import torch
from invented import one, recording
from torch import nn

import gradviz as gv
from gradviz.errors import BadRecording
from gradviz.measures.not_finite import finite_losses, not_finite

INF, NAN = np.inf, np.nan


def fractions(gradient, states):
    found = not_finite(
        recording(log10_grad_h=one(np.array(gradient).T), state_h=one(np.array(states).T))
    ).squeeze()
    return found["gradients_not_finite"].item(), found["states_not_finite"].item()


@pytest.mark.parametrize(
    ("gradient", "states", "expected"),
    [
        ([[0.0, -1, -INF, 2]], [[1.0, 1, 1, 1]], (0, 0)),
        ([[INF, -1, -INF, 2]], [[1.0, 1, 1, 1]], (0.25, 0)),
        ([[INF, INF, NAN, NAN]], [[1.0, 1, NAN, NAN]], (1, 0)),  # padding
        ([[0.0, 0, 0, 0]], [[1.0, INF, NAN, 1]], (0, 0.5)),  # a NaN where there is a gradient
        ([[0.0, 0], [INF, NAN]], [[1.0, 1], [1, NAN]], (1 / 3, 0)),
    ],
)
def test_by_hand(gradient, states, expected):
    assert fractions(gradient, states) == pytest.approx(expected)


def test_a_sequence_without_time_steps():
    assert np.isnan(fractions([[NAN, NAN]], [[NAN, NAN]])).all()


def test_per_layer_and_direction():
    norms = np.zeros((1, 2, 2, 4, 1))
    norms[0, 1, 0, :3] = INF
    found = not_finite(recording(log10_grad_h=norms, state_h=np.ones_like(norms)))
    np.testing.assert_array_equal(found["gradients_not_finite"].squeeze(), [[0, 0], [0.75, 0]])


def test_a_layer_with_a_nan_in_its_input():
    layer, x = nn.GRU(2, 3), torch.randn(8, 2, 2)
    x[5, 0] = torch.nan
    with gv.record(layer) as tape:
        layer(x)[0][-1, 1].sum().backward()
    found = not_finite(tape.dataset)
    assert found["states_not_finite"].item() == pytest.approx(3 / 16)


@pytest.fixture(scope="module")
def layer():
    return nn.RNN(2, 3)


def recorded(layer, losses):
    """A tree with a loss at every iteration and a record of every other one."""
    with gv.record(layer, every=2) as tape:
        for loss in losses:
            layer(torch.zeros(3, 1, 2))[0].sum().backward()
            tape.step(loss)
    return tape.tree


@pytest.mark.parametrize(
    ("losses", "fraction", "first"),
    [
        ([1.0, 2, 3, 4], 0, NAN),
        ([1.0, INF, 3, NAN], 0.5, 1),
        ([-INF, 2, 3, 4], 0.25, 0),
        ([1.0, 2, 3, NAN], 0.25, 3),
        ([NAN], 1, 0),
        ([1.0, NAN, NAN, 2, NAN, NAN], 0, NAN),  # given at every third step
        ([1.0, NAN, NAN, 2, NAN, NAN, NAN], 3 / 7, 4),
        ([NAN, 1.0, NAN], 0, NAN),
    ],
)
def test_losses(layer, losses, fraction, first):
    found = finite_losses(recorded(layer, losses))
    assert found["losses_not_finite"].item() == fraction
    np.testing.assert_equal(found["first_not_finite"].item(), first)


def test_losses_of_a_module_are_those_of_its_recorded_steps(layer):
    tree = recorded(layer, [1.0, INF, 3, 4, NAN])
    found = finite_losses(tree["rnn"].to_dataset(inherit=False))
    assert found["losses_not_finite"].item() == pytest.approx(1 / 3)
    assert found["first_not_finite"].item() == 4


def test_errors(layer):
    ds = recording(log10_grad_h=one([[0.0]]))
    with pytest.raises(BadRecording, match="no variable 'state_h'"):
        not_finite(ds)
    with pytest.raises(BadRecording, match=r"has no loss: record it with tape.step\(loss\)"):
        finite_losses(ds)


class Stopped(Exception):
    """Ends a training within a step."""


def losses_of(last, *, stop):
    """Losses 2.0, 1.0 and then that of ``last``; with ``stop`` the recording ends before it is given."""
    lstm = nn.LSTM(2, 4)
    optimizer = torch.optim.SGD(lstm.parameters(), lr=0.01)
    tape = gv.record(lstm, optimizer=optimizer)
    with contextlib.suppress(Stopped), tape:
        for factor in (2.0, 1.0, last):
            optimizer.zero_grad()
            (lstm(torch.randn(5, 3, 2))[0].sum() * factor).backward()
            optimizer.step()
            if stop and factor == 0.5:
                raise Stopped
            tape.step(factor)
    return tape.tree


def test_a_step_in_which_the_recording_ended_has_no_bad_loss():
    tree = losses_of(0.5, stop=True)
    assert np.isnan(tree["loss"].values).tolist() == [False, False, True]
    assert finite_losses(tree)["losses_not_finite"] == 0
    assert "not_finite" not in [finding.kind for finding in gv.diagnose(tree)]


def test_a_loss_of_nan_at_the_last_step_is_bad():
    """Its gradient is not finite either."""
    found = finite_losses(losses_of(NAN, stop=False))
    assert (found["losses_not_finite"].item(), found["first_not_finite"].item()) == (1 / 3, 2)
