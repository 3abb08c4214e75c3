"""A gate that is too low for the lag, on the thresholds."""

import numpy as np
import pytest
from diagnosis.recorded import dataset, decaying, tree, unit_means

from gradviz.diagnosis.checks.forget_bias import forget_bias
from gradviz.diagnosis.context import DiagnosisContext

INF = np.inf


def found(ds, lag=10):
    return list(forget_bias(DiagnosisContext(tree(ds), "layer", lag)))


def severities(ds, lag=10):
    return [finding.severity for finding in found(ds, lag)]


@pytest.mark.parametrize("total", [[0.0], [0, -INF, -INF], [-INF] * 3])
def test_too_short(total):
    assert severities(dataset("lstm", total, unit_mean=unit_means("lstm"))) == []


@pytest.mark.parametrize(
    ("forget", "lost", "lag", "expected"),
    [
        (0.79, 6, 10, ["trouble"]),  # a time constant of 4.8 for a lag of 10
        (0.80 + 1e-6, 6, 10, []),  # of 5: half the lag
        (0.79, 3, 10, ["warning"]),
        (0.79, 2.9, 10, []),  # another path carries the gradient
        (0.79, 6, None, ["warning"]),
        (0.33, 3, 10, ["trouble"]),  # below 1.5 it does not keep even one step
        (0.34, 3, 10, ["warning"]),
        (0.33, 3, None, ["warning"]),  # without a lag it is never trouble
        (0.33, 0, 10, []),
    ],
)
def test_forget_bias(forget, lost, lag, expected):
    for cell, gate in (("lstm", "forget"), ("gru", "update")):
        ds = dataset(cell, decaying(lost), unit_mean=unit_means(cell, **{gate: forget}))
        assert severities(ds, lag) == expected


def test_it_states_the_bias_for_the_lag():
    ds = dataset("gru", decaying(9, 101), unit_mean=unit_means("gru"))
    (finding,) = found(ds, 100)
    assert "A bias of ln(100 - 1) = 4.6" in finding.what
    assert finding.remedy.code == 'gv.initialise(model, "chrono", t_max=100)'
    assert finding.amounts[0].value == pytest.approx(2)


@pytest.mark.parametrize(("lag", "expected"), [(50, ["warning"]), (19, []), (None, [])])
def test_with_a_loss_on_every_step_the_gate_alone_is_judged(lag, expected):
    """A time constant of 2, compared with a tenth of the lag."""
    norms = np.zeros(101)
    ds = dataset("lstm", norms, direct=norms, unit_mean=unit_means("lstm"))
    assert severities(ds, lag) == expected


def test_without_gates():
    assert severities(dataset("rnn", decaying(9))) == []
    assert severities(dataset("lstm", decaying(9))) == []
