"""What is left of the gradient at initialisation."""

import numpy as np
import pytest
from gallery.small import small_settings

from gradviz.errors import GradvizError
from gradviz.gallery.claim import ClaimRefused
from gradviz.gallery.figures import vanishing as figure
from gradviz.vocabulary import LOG10_GRAD_H

NETWORKS = figure.starts()


def test_rates_by_hand():
    assert figure.rate(figure.Start("rnn", keeping_bias=0.0)) == pytest.approx(np.log10(1 / np.sqrt(3)))
    lstm = figure.rate(figure.Start("lstm", keeping_bias=0.0))
    assert lstm == pytest.approx(np.log10(0.5 + 0.25 / np.sqrt(3)))
    assert figure.rate(figure.Start("gru", keeping_bias=0.0)) == pytest.approx(lstm)
    assert figure.rate(NETWORKS["lstm_chrono"]) is None


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_a_random_step_jacobian_has_that_spectral_radius(cell):
    rng = np.random.default_rng(0)
    weight = rng.uniform(-1, 1, (200, 200)) / np.sqrt(200)
    keep, other = {"rnn": (0.0, 1.0), "lstm": (0.5, 0.25), "gru": (0.5, 0.25)}[cell]
    radius = np.abs(np.linalg.eigvals(keep * np.eye(200) + other * weight)).max()
    expected = figure.rate(figure.Start(cell, keeping_bias=0.0))
    assert np.log10(radius) == pytest.approx(expected, abs=0.03)


def planted(data, **lost):
    """The data with gradients that lose so many decades from the last time step to the first."""
    changed = dict(data)
    for network, decades in lost.items():
        tree = data[network].copy(deep=True)
        norms = tree["recurrent"][LOG10_GRAD_H]
        slope = np.linspace(-decades, 0, norms.sizes["time"])
        shape = [norms.sizes["time"] if dim == "time" else 1 for dim in norms.dims]
        norms.values[...] = slope.reshape(shape)
        changed[network] = tree
    return changed


@pytest.mark.parametrize(
    ("lost", "outcome"),
    [
        ({"rnn": 20, "lstm": 16, "lstm_bias_1": 8}, "forgets"),
        ({"rnn": 20, "lstm": 16, "lstm_bias_1": 13}, "forgets_anyway"),
        ({"rnn": 20, "lstm": 14, "lstm_bias_1": 8}, "keeps"),
    ],
)
def test_the_data_decide_the_title(lost, outcome, small):
    data, settings = planted(small("vanishing"), **lost), small_settings("vanishing")
    (title,) = figure.claims(data, settings)
    assert title.outcome == outcome
    for name, expected in (("rnn", "rnn"), ("lstm", "lstm"), ("with_bias", "lstm_bias_1")):
        assert title.numbers[name] == pytest.approx(lost[expected], rel=1e-5)
    drawn = figure.compose(data, settings)
    assert drawn.get_suptitle().replace("\n", " ") == title.sentence
    said = f"LSTM loses {lost['lstm']} decades,\nRNN {lost['rnn']}"
    assert (said in [text.get_text() for text in drawn.axes[0].texts]) == (outcome != "keeps")
    assert figure.caption(data, settings).claim == title.sentence


def test_without_numbers_nothing_is_said(small):
    data = planted(small("vanishing"), rnn=np.nan)
    with pytest.raises(ClaimRefused, match=r"vanishing: .* rnn = nan") as refused:
        figure.claims(data, small_settings("vanishing"))
    assert isinstance(refused.value, GradvizError)


def check(data, settings, *, within):
    lost = figure.decades(data)
    for network, start in figure.starts(settings).items():
        expected = figure.rate(start)
        if expected is not None:
            assert lost[network] == pytest.approx(expected * (settings.length - 1), abs=within), network
    for network in ("lstm", "gru", "rnn"):
        assert lost[network] < -17
    for network in ("lstm_bias_2", "lstm_chrono", "gru_bias_2", "rnn_orthogonal"):
        assert lost[network] > -6


def test_the_theory(small):
    settings = small_settings("vanishing")
    check(small("vanishing"), settings, within=3.5)


@pytest.mark.slow
def test_the_numbers_at_full_size(full):
    data = full("vanishing")
    check(data, figure.Settings(), within=2)
    lost = figure.decades(data)
    for network, expected in {"rnn": -22, "lstm": -21, "gru": -20, "lstm_bias_1": -8}.items():
        assert lost[network] == pytest.approx(expected, abs=2)


def test_dotted_lines_have_the_slope_of_theory(small):
    settings = small_settings("vanishing")
    (ax,) = figure.compose(small("vanishing"), settings).axes
    dotted = [line for line in ax.lines if line.get_linestyle() == ":"]
    slopes = sorted(float(np.diff(line.get_ydata())[0]) for line in dotted)
    rates = [rate for start in figure.starts(settings).values() if (rate := figure.rate(start)) is not None]
    np.testing.assert_allclose(slopes, sorted(rates))
