"""Vanishing and its gate, on their thresholds and over the lag that is asked for."""

import numpy as np
import pytest
from diagnosis.recorded import dataset, decaying, tree, unit_means
from invented import one

from gradviz.diagnosis import kinds as k
from gradviz.diagnosis.checks.vanishing import below_float_range, forget_bias, loss_on_every_step, vanishing
from gradviz.diagnosis.context import DiagnosisContext

INF = np.inf


def found(check, ds, lag=10):
    return list(check(DiagnosisContext(tree(ds), "layer", lag)))


def told(check, ds, lag=10):
    return [finding.severity for finding in found(check, ds, lag)]


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
    assert told(vanishing, dataset(total=decaying(lost)), lag) == expected


def test_its_numbers():
    (finding,) = found(vanishing, dataset(total=decaying(8)))
    assert [amount.value for amount in finding.amounts] == pytest.approx([8, 3, 0.8])  # lost, horizon, rate
    assert "10^-8.0 is left 10 time steps before; after 3 steps it is below a thousandth" in finding.what


def test_where_nothing_arrives():
    (finding,) = found(vanishing, dataset(total=[-INF, *decaying(1, 10)]))
    assert "exactly nothing is left 10 time steps before" in finding.what


def test_of_an_lstm_the_cell_state_counts():
    vanished = dataset("lstm", decaying(9), log10_grad_c=one(np.stack([decaying(1)] * 2, axis=1)))
    assert told(vanishing, vanished) == []
    assert told(vanishing, vanished.drop_vars("log10_grad_c")) == ["trouble"]


def test_not_of_a_loss_that_sees_many_steps():
    everywhere = dataset(total=decaying(9), direct=decaying(9))
    assert told(vanishing, everywhere) == []
    assert [f.kind for f in found(loss_on_every_step, everywhere)] == [k.EVERY_STEP]
    assert found(loss_on_every_step, dataset()) == []


@pytest.mark.parametrize("total", [[0.0], [0, -INF, -INF], [-INF] * 3])
def test_too_short(total):
    for check in (vanishing, forget_bias, loss_on_every_step):
        assert told(check, dataset("lstm", total, unit_mean=unit_means("lstm"))) == []


@pytest.mark.parametrize(
    ("forget", "lost", "lag", "expected"),
    [
        (0.79, 6, 10, ["trouble"]),  # a time constant of 4.8 for a lag of 10
        (0.80 + 1e-6, 6, 10, []),  # of 5: half the lag
        (0.79, 3, 10, ["warning"]),
        (0.79, 2.9, 10, []),  # another path carries it
        (0.79, 6, None, ["warning"]),
        (0.33, 0, 10, ["trouble"]),  # below 1.5 it does not even keep a step
        (0.34, 0, 10, []),
    ],
)
def test_forget_bias(forget, lost, lag, expected):
    for cell, gate in (("lstm", "forget"), ("gru", "update")):
        ds = dataset(cell, decaying(lost), unit_mean=unit_means(cell, **{gate: forget}))
        assert told(forget_bias, ds, lag) == expected


def test_it_states_the_bias_that_would_do():
    ds = dataset("gru", decaying(9, 101), unit_mean=unit_means("gru"))
    (finding,) = found(forget_bias, ds, 100)
    assert "A bias of ln(100 - 1) = 4.6" in finding.what
    assert finding.remedy.code == 'gv.initialise(model, "chrono", t_max=100)'
    assert finding.amounts[0].value == pytest.approx(2)


@pytest.mark.parametrize(("lag", "expected"), [(50, ["warning"]), (19, []), (None, [])])
def test_of_a_loss_on_every_step_the_gate_alone_tells(lag, expected):
    """A time constant of 2 against a tenth of the lag."""
    norms = np.zeros(101)
    ds = dataset("lstm", norms, direct=norms, unit_mean=unit_means("lstm"))
    assert told(forget_bias, ds, lag) == expected


def test_without_gates():
    assert told(forget_bias, dataset("rnn", decaying(9))) == []
    assert told(forget_bias, dataset("lstm", decaying(9))) == []


@pytest.mark.parametrize(
    ("dtype", "code"),
    [("float32", "set_flush_denormal"), ("bfloat16", "GradScaler"), ("float16", "GradScaler")],
)
def test_below_float_range(dtype, code):
    below = np.zeros((11, 2))
    assert found(below_float_range, dataset(underflow=one(below))) == []
    below[:3, 0] = 1
    (finding,) = found(below_float_range, dataset(underflow=one(below)).assign_attrs(dtype=dtype))
    assert finding.amounts[0].value == pytest.approx(3 / 22)
    assert (finding.severity, code in finding.remedy.code) == ("warning", True)
    assert found(below_float_range, dataset()) == []
