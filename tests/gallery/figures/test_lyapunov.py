"""Exponents against mean field and random matrices."""

import numpy as np
import pytest
import xarray as xr
from gallery.small import small_settings

from gradviz.gallery.claim import ClaimRefused
from gradviz.gallery.figures import lyapunov as figure


@pytest.fixture
def settings():
    return small_settings("lyapunov")


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


def test_what_is_drawn(small, settings):
    data = small("lyapunov")
    left, right = figure.compose(data, settings).axes
    for ax, kind in ((left, "tanh"), (right, "lstm")):
        dots = ax.containers[0].lines[0].get_ydata()
        np.testing.assert_array_equal(dots, data[kind]["exponent"])
    biases, line = right.lines[0].get_data()
    np.testing.assert_allclose(line, [figure.gate_and_weights(bias) for bias in biases])


def test_dots_say_when_a_difference_has_halved(small, settings):
    data = {name: tree.copy(deep=True) for name, tree in small("lyapunov").items()}
    data["tanh"]["exponent"][:2] = [np.log(0.5), np.log(0.5) / 4]
    data["lstm"]["exponent"][:3] = [np.log(0.5) / 2, -0.3, -0.04]
    said = [[text.get_text() for text in ax.texts] for ax in figure.compose(data, settings).axes]
    assert [text for text in said[0] if "steps" in text] == ["halved in 1.0 steps", "in 4.0 steps"]
    assert [text for text in said[1] if "steps" in text] == ["halved in 2.0 steps"]


def test_the_lstm_follows_theory_where_the_bias_is_small(small):
    exponents = small("lyapunov")["lstm"]["exponent"]
    for bias in (0.0, 1.0):
        expected = figure.gate_and_weights(bias)
        assert float(exponents.sel(forget_bias=bias)) == pytest.approx(expected, abs=0.03)


RISING = np.array([figure.mean_field(gain) for gain in figure.GAINS])
THEORY = np.array([figure.gate_and_weights(bias) for bias in figure.BIASES])
HELD = np.minimum(THEORY, 0.0)
BENT = np.where(THEORY > 0, 2 * THEORY, THEORY)


def planted(tanh, lstm):
    """Exponents by gain and by forget bias."""
    data = {}
    for kind, name, values, exponents in (
        ("tanh", "gain", figure.GAINS, tanh),
        ("lstm", "forget_bias", figure.BIASES, lstm),
    ):
        columns = {"exponent": (name, np.asarray(exponents)), "standard_error": (name, 0 * values)}
        data[kind] = xr.DataTree(xr.Dataset(columns, coords={name: values}))
    return data


@pytest.mark.parametrize(
    ("tanh", "lstm", "outcomes"),
    [
        (RISING, HELD, ["both", "follows", "held"]),
        (RISING, THEORY, ["both", "follows", "follows"]),
        (RISING, BENT, ["both", "follows", "leaves"]),
        (RISING, HELD[::-1], ["only_gain", "follows", "differs"]),
        (RISING[::-1], HELD, ["only_bias", "differs", "held"]),
        (np.full(8, -0.2), np.full(7, -0.2), ["neither", "differs", "differs"]),
    ],
)
def test_the_data_decide(tanh, lstm, outcomes, settings):
    data = planted(tanh, lstm)
    found = figure.claims(data, settings)
    assert [claim.outcome for claim in found] == outcomes
    drawn = figure.compose(data, settings)
    assert drawn.get_suptitle().replace("\n", " ") == found[0].sentence
    explained = any("tanh limits" in text.get_text() for text in drawn.axes[1].texts)
    assert explained == (outcomes[2] == "held")


def test_one_step_down_is_no_rise(settings):
    dip = RISING.copy()
    dip[3] = dip[2] - 0.03
    assert figure.claims(planted(dip, HELD), settings)[0].outcome == "only_bias"


@pytest.mark.parametrize("place", [0, 1])
def test_without_numbers_nothing_is_said(place, settings):
    exponents = [RISING.copy(), HELD.copy()]
    exponents[place][2] = np.nan
    with pytest.raises(ClaimRefused, match="lyapunov"):
        figure.claims(planted(*exponents), settings)


@pytest.mark.slow
def test_the_numbers_at_full_size(full):
    found = figure.claims(full("lyapunov"), figure.Settings())
    assert [claim.outcome for claim in found] == ["both", "follows", "held"]
