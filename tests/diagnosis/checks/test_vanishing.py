"""Vanishing gradients, on the thresholds and over the required lag."""

import numpy as np
import pytest
from diagnosis.recorded import dataset, decaying, tree, unit_means
from invented import one

from gradviz.diagnosis.checks.vanishing import vanishing
from gradviz.diagnosis.context import DiagnosisContext

INF = np.inf


def found(ds, lag=10):
    return list(vanishing(DiagnosisContext(tree(ds), "layer", lag)))


def severities(ds, lag=10):
    return [finding.severity for finding in found(ds, lag)]


@pytest.mark.parametrize(
    ("lost", "lag", "expected"),
    [
        (2.99, 10, []),
        (3.0, 10, ["warning"]),
        (5.99, 10, ["warning"]),
        (6.0, 10, ["trouble"]),
        (6.0, None, ["warning"]),
        (12.0, 5, ["trouble"]),
        (-6.0, 10, []),
    ],
)
def test_vanishing(lost, lag, expected):
    assert severities(dataset(total=decaying(lost)), lag) == expected


def test_its_numbers():
    (finding,) = found(dataset(total=decaying(8)))
    assert [amount.value for amount in finding.amounts] == pytest.approx([8, 3, 0.8])  # lost, horizon, rate
    assert (
        "Going back 10 time steps, the gradient shrinks to 10^-8.0 of its size. It falls below a thousandth "
        "after 3 time steps."
    ) in finding.what


def test_no_gradient_arrives():
    (finding,) = found(dataset(total=[-INF, *decaying(1, 10)]))
    assert "Going back 10 time steps, the gradient shrinks to exactly zero." in finding.what


def test_the_cell_state_of_an_lstm_counts():
    vanished = dataset("lstm", decaying(9), log10_grad_c=one(np.stack([decaying(1)] * 2, axis=1)))
    assert severities(vanished) == []
    assert severities(vanished.drop_vars("log10_grad_c")) == ["trouble"]


def test_not_for_a_loss_on_most_steps():
    assert severities(dataset(total=decaying(9), direct=decaying(9))) == []


@pytest.mark.parametrize("total", [[0.0], [0, -INF, -INF], [-INF] * 3])
def test_too_short(total):
    assert severities(dataset("lstm", total, unit_mean=unit_means("lstm"))) == []


def test_a_number_that_is_not_known_is_left_out():
    """Of the cell state no gradient is known, so there is no horizon of it."""
    ds = dataset("lstm", decaying(12))
    (known,) = found(ds.assign(log10_grad_c=ds["log10_grad_h"]))
    assert "It falls below a thousandth after 2 time steps" in known.what
    (unknown,) = found(ds.assign(log10_grad_c=ds["log10_grad_h"] * np.nan))
    assert "thousandth" not in unknown.what
    assert not any(np.isnan(amount.value) for amount in unknown.amounts)
