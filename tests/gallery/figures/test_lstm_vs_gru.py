"""Sizes and gradients of LSTM and GRU."""

import numpy as np
import pytest
from torch import nn

from gradviz.gallery.figures import lstm_vs_gru as figure


def test_a_gru_has_three_quarters_of_the_weights(small):
    sizes = small("lstm_vs_gru")["sizes"]["parameters"]
    assert int(sizes.sel(network="LSTM")) == figure.parameters(nn.LSTM(2, 6)) == 4 * 6 * (2 + 6 + 2)
    assert float(sizes.sel(network="GRU")) == 0.75 * float(sizes.sel(network="LSTM"))


def test_bars_and_lines_are_the_numbers(small):
    data = small("lstm_vs_gru")
    axes = figure.compose(data).axes
    widths = [bar.get_width() for bar in axes[0].patches]
    np.testing.assert_array_equal(widths, data["sizes"]["parameters"])
    lost = figure.log10_first_to_last(data["GRU"])
    np.testing.assert_array_equal(axes[1].lines[1].get_ydata(), lost)
    numbers = figure.numbers(data)
    np.testing.assert_array_equal(numbers.query("network == 'GRU'")["log10_first_to_last"], lost)


@pytest.mark.slow
def test_the_claim(full):
    data = full("lstm_vs_gru")
    assert figure.learned_at(data["GRU"]) < figure.learned_at(data["LSTM"])
    for label in figure.NETWORKS:
        lost = figure.log10_first_to_last(data[label])
        assert lost[0] < -10
        assert lost[-1] > -2
