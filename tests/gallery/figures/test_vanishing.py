"""What is left of the gradient at initialisation."""

import numpy as np
import pytest

from gradviz.gallery.figures import vanishing as figure


def test_rates_by_hand():
    assert figure.rate(figure.Start("rnn", keeping_bias=0.0)) == pytest.approx(np.log10(1 / np.sqrt(3)))
    lstm = figure.rate(figure.Start("lstm", keeping_bias=0.0))
    assert lstm == pytest.approx(np.log10(0.5 + 0.25 / np.sqrt(3)))
    assert figure.rate(figure.Start("gru", keeping_bias=0.0)) == pytest.approx(lstm)
    assert figure.rate(figure.STARTS["LSTM, chrono"]) is None


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_a_random_step_jacobian_has_that_spectral_radius(cell):
    rng = np.random.default_rng(0)
    weight = rng.uniform(-1, 1, (200, 200)) / np.sqrt(200)
    keep, other = {"rnn": (0.0, 1.0), "lstm": (0.5, 0.25), "gru": (0.5, 0.25)}[cell]
    radius = np.abs(np.linalg.eigvals(keep * np.eye(200) + other * weight)).max()
    expected = figure.rate(figure.Start(cell, keeping_bias=0.0))
    assert np.log10(radius) == pytest.approx(expected, abs=0.03)


def check(data, *, within):
    lost = figure.decades(data)
    for label, start in figure.STARTS.items():
        expected = figure.rate(start)
        if expected is not None:
            assert lost[label] == pytest.approx(expected * (figure.LENGTH - 1), abs=within), label
    for label in ("LSTM", "GRU", "RNN (tanh)"):
        assert lost[label] < -17
    for label in ("LSTM, forget bias 2", "LSTM, chrono", "GRU, update bias 2", "RNN, orthogonal"):
        assert lost[label] > -6


def test_the_claim_and_the_theory(small):
    check(small("vanishing"), within=3.5)


@pytest.mark.slow
def test_the_numbers_at_full_size(full):
    data = full("vanishing")
    check(data, within=2)
    lost = figure.decades(data)
    for label, expected in {"RNN (tanh)": -22, "LSTM": -21, "GRU": -20, "LSTM, forget bias 1": -8}.items():
        assert lost[label] == pytest.approx(expected, abs=2)


def test_dotted_lines_have_the_slope_of_theory(small):
    (ax,) = figure.compose(small("vanishing")).axes
    dotted = [line for line in ax.lines if line.get_linestyle() == ":"]
    slopes = sorted(float(np.diff(line.get_ydata())[0]) for line in dotted)
    expected = sorted(rate for start in figure.STARTS.values() if (rate := figure.rate(start)) is not None)
    np.testing.assert_allclose(slopes, expected)
