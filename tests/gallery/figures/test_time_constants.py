"""How long units remember."""

import numpy as np
import pytest

from gradviz.gallery.figures import time_constants as figure


def test_initialisations_have_the_constants_of_their_biases(small):
    constants = figure.constants(small("time_constants"))
    assert np.median(constants["LSTM"]) == pytest.approx(2, abs=0.1)
    assert np.median(constants["LSTM, forget bias 2"]) == pytest.approx(1 + np.exp(2), rel=0.05)
    assert constants["LSTM"].max() < figure.LONG
    chrono = constants["LSTM, chrono"]
    assert chrono.max() < 1.1 * figure.LENGTH
    assert np.mean(chrono > figure.LONG) == pytest.approx((60 - 10) / (60 - 2), abs=0.1)


def test_every_unit_is_a_dot(small):
    data = small("time_constants")
    (ax,) = figure.compose(data).axes
    for dots, values in zip(ax.collections, figure.constants(data).values(), strict=True):
        np.testing.assert_allclose(dots.get_offsets()[:, 0], values)
    assert len(figure.numbers(data)) == 3 * 64 + 2 * 6


@pytest.mark.slow
def test_the_claim(full):
    constants = figure.constants(full("time_constants"))
    for label in figure.TRAINED:
        long = int((constants[label] > figure.LONG).sum())
        assert 0 < long < 0.3 * len(constants[label])
    assert np.mean(constants["LSTM, chrono"] > figure.LONG) > 0.8
