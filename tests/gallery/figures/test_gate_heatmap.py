"""Gates over text."""

import numpy as np
import pytest

from gradviz.gallery.figures import gate_heatmap as figure


def test_units_are_sorted_by_their_time_constant(small):
    constants = figure.time_constants(small("gate_heatmap"))
    assert np.all(np.diff(constants) <= 0)


def test_rows_and_letters(small):
    data = small("gate_heatmap")
    axes = figure.compose(data).axes[:4]
    values = figure.gates(data)
    for ax, gate in zip(axes, figure.ORDER, strict=True):
        np.testing.assert_array_equal(ax.images[0].get_array(), values.sel(gate=gate))
    letters = "".join(label.get_text() for label in axes[3].get_xticklabels())
    assert letters == "hello␣pytorch,␣this␣is␣a␣simple␣character-level␣language␣model"
    assert len(figure.numbers(data)) == values.size


def test_saturated_by_hand(small):
    values = figure.gates(small("gate_heatmap")).sel(gate="input").values
    expected = np.mean((values < 0.1) | (values > 0.9))
    assert figure.saturated(small("gate_heatmap"))["input"] == pytest.approx(expected)


@pytest.mark.slow
def test_the_claim(full):
    fractions = figure.saturated(full("gate_heatmap"))
    assert np.mean(list(fractions.values())) == pytest.approx(0.75, abs=0.05)
