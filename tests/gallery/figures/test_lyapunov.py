"""Exponents against mean field and random matrices."""

import numpy as np
import pytest

from gradviz.gallery.figures import lyapunov as figure


def test_mean_field():
    assert figure.mean_field(0.7) == pytest.approx(np.log(0.7), abs=1e-4)  # q = 0
    rng = np.random.default_rng(0)
    z, q = rng.standard_normal(400_000), 1.0
    for _ in range(60):
        q = 1.8**2 * np.mean(np.tanh(np.sqrt(q) * z) ** 2)
    drawn = np.log(1.8) + 0.5 * np.log(np.mean(np.cosh(np.sqrt(q) * z) ** -4.0))
    assert figure.mean_field(1.8) == pytest.approx(drawn, abs=4e-3)


def test_lines_of_theory_for_the_lstm():
    assert figure.gate_alone(0.0) == pytest.approx(np.log(0.5))
    assert figure.gate_and_weights(0.0) == pytest.approx(np.log(0.5 + 0.25 / np.sqrt(3)))


def test_what_is_drawn(small):
    data = small("lyapunov")
    left, right = figure.compose(data).axes
    for ax, kind in ((left, "tanh"), (right, "lstm")):
        dots = ax.containers[0].lines[0].get_ydata()
        np.testing.assert_array_equal(dots, data[kind]["exponent"])


def test_the_lstm_follows_theory_where_the_bias_is_small(small):
    exponents = small("lyapunov")["lstm"]["exponent"]
    for bias in (0.0, 1.0):
        assert float(exponents.sel(forget_bias=bias)) == pytest.approx(
            figure.gate_and_weights(bias), abs=0.03
        )


@pytest.mark.slow
def test_the_claim(full):
    data = full("lyapunov")
    for gain in figure.GAINS:
        found = float(data["tanh"]["exponent"].sel(gain=gain))
        assert found == pytest.approx(figure.mean_field(float(gain)), abs=0.045)
    assert np.all(np.diff(data["tanh"]["exponent"]) > -0.005)
    exponents = data["lstm"]["exponent"]
    assert np.all(np.diff(exponents.sel(forget_bias=slice(None, 3.0))) > 0)
    assert np.all(exponents.sel(forget_bias=slice(None, 2.0)) < 0)
    assert abs(float(exponents.sel(forget_bias=3.0))) < 0.01
