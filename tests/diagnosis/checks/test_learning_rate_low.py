"""Learning rates at which nothing moves, and trainings with small updates that are well."""

from dataclasses import replace

import numpy as np
import pytest
import torch
import xarray as xr
from diagnosis.mistakes import findings, training
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from gradviz.diagnosis import kinds as k
from gradviz.diagnosis.checks.learning_rate_low import learning_rate_low
from gradviz.diagnosis.consequences import with_consequences
from gradviz.diagnosis.finding import Place

KIND = "learning_rate_too_low"
SGD = {"optimizer": torch.optim.SGD}
SIZE = 120


@pytest.mark.parametrize("options", [{"rate": 1e-6}, {"rate": 1e-4, **SGD}])
def test_found(options):
    tree = training(**options)
    (found,) = findings(tree, KIND, lag=5)
    assert found.severity == "trouble"
    assert found.amounts[0].value < 0.02
    assert all(amount.recompute(tree) == amount.value for amount in found.amounts)
    (change,) = found.remedy.changes
    assert change.name == "raise_learning_rate"
    assert f'group["lr"] *= {change.options["factor"]:g}' in found.remedy.code


@pytest.mark.parametrize("options", [{}, {"rate": 0.3, **SGD}, {"rate": 1e-6, "iterations": 90}])
def test_healthy_twins(options):
    assert not findings(training(**options), KIND, lag=5)


def test_without_the_optimizer_it_is_not_judged():
    assert not findings(training(rate=1e-7, is_given_optimizer=False), KIND, lag=5)


def test_the_rate_that_is_advised_learns():
    (found,) = findings(training(rate=1e-6), KIND, lag=5)
    tree = training(rate=1e-6 * found.remedy.changes[0].options["factor"])
    assert not findings(tree, KIND, lag=5)
    assert np.median(tree["loss"].values[-20:]) < 0.5 * tree["loss"].values[0]


@pytest.mark.parametrize("kind", [k.DEAD_RELU, k.NO_GRADIENT, k.FROZEN_WEIGHTS, k.SATURATED])
def test_what_keeps_the_weights_still_is_the_cause(kind):
    (low,) = learning_rate_low(made())
    other = replace(low, kind=kind, where=Place("layer"))
    assert [each.cause for each in with_consequences([low, other])] == [kind, None]
    assert with_consequences([low, replace(other, severity="warning")])[0] == low


@pytest.mark.slow
@pytest.mark.parametrize("cell", [nn.RNN, nn.LSTM, nn.GRU])
@pytest.mark.parametrize("optimizer", [torch.optim.SGD, torch.optim.Adam])
@pytest.mark.parametrize("rate", 10.0 ** np.arange(-8, 0))
def test_found_only_where_the_loss_does_not_fall(cell, optimizer, rate):
    tree = training(cell=cell, optimizer=optimizer, rate=float(rate), iterations=200)
    losses = tree["loss"].values
    if findings(tree, KIND, lag=5):
        assert np.median(losses[-20:]) > 0.9 * np.median(losses[:20])
    if optimizer is torch.optim.Adam:
        assert bool(findings(tree, KIND, lag=5)) == (rate < 3e-4)  # at 1e-4 the weights move by less than 0.1


def made(*, losses=1.0, updates=1e-6, output=0.1, target=1.0, norm=None, clipped=None, size=SIZE):
    curves = {"loss": losses, "update_ratio": updates, "output_spread": output, "target_spread": target}
    curves |= {"grad_norm": norm, "grad_norm_clipped": clipped}
    data = {
        name: ("iteration", np.broadcast_to(np.array(values, float), size))
        for name, values in curves.items()
        if values is not None
    }
    return xr.DataTree(xr.Dataset(data, {"iteration": np.arange(size)}))


@pytest.mark.parametrize(
    ("options", "severity"),
    [
        ({}, "trouble"),
        ({"updates": 0.019 / SIZE}, "trouble"),
        ({"updates": 0.021 / SIZE}, "warning"),
        ({"updates": 0.099 / SIZE}, "warning"),
        ({"updates": 0.101 / SIZE}, None),
        ({"updates": [1e-6] * 100 + [1e-2] * 20}, None),  # a warm-up
        ({"updates": np.inf}, None),  # weights that began at zero
        ({"losses": [1.0] * 60 + [0.8] * 60}, None),  # it falls, since the weights are large
        ({"losses": [1.5] + [1.0] * 119}, "trouble"),  # one noisy loss has not fallen
        ({"losses": [1.0] * 60 + [np.inf] * 60}, "trouble"),
        ({"losses": 0.0}, None),
        ({"size": 99}, None),  # too early
        ({"updates": None}, None),
        ({"losses": None}, None),
        ({"output": 0.9}, "warning"),  # it may have learned before
        ({"output": 0.9, "losses": 0.2}, None),  # a trained network that is tuned further
        ({"output": 0.1, "losses": 0.2}, "trouble"),  # a loss in other units
        ({"output": None}, "warning"),
        ({"norm": 1.0, "clipped": 1e-4}, None),  # clipped: without that, updates of 0.01
        ({"norm": 1.0, "clipped": 0.5}, "trouble"),
    ],
)
def test_limits(options, severity):
    found = [each.severity for each in learning_rate_low(made(**options))]
    assert found == ([] if severity is None else [severity])


@pytest.mark.parametrize(
    ("update", "factor"), [(4e-4, 100.0), (1e-5, 1000.0), (6e-6, 1000.0), (1e-12, 1e6), (8e-4, 10.0)]
)
def test_factor(update, factor):
    (found,) = learning_rate_low(made(updates=update, size=100 if update < 2e-4 else 101)) or [None]
    assert found.remedy.changes[0].options == {"factor": factor}


def test_a_rate_of_zero_cannot_be_multiplied():
    (found,) = learning_rate_low(made(updates=0.0))
    assert found.severity == "trouble"
    assert not found.remedy.changes


@settings(deadline=None, max_examples=15)
@given(st.floats(1e-9, 9e-4), st.integers(100, 150))
def test_the_total_alone_decides(update, size):
    found = list(learning_rate_low(made(updates=update, size=size)))
    assert bool(found) == (np.full(size, update).mean() * size < 0.1)
