"""The gates before and after training."""

import numpy as np
import pytest

from gradviz.gallery.figures import saturation_scatter as figure


def test_fractions_are_of_the_sentence(small):
    data = small("saturation_scatter")
    found = figure.fractions(data, figure.READING)
    gates = data[figure.READING]["recurrent"]["gates"].isel(step=0, layer=-1, direction=0, sample=0)
    expected = (gates.sel(gate="forget") < 0.1).mean("time")
    np.testing.assert_allclose(found["unit_left"].sel(gate="forget"), expected, atol=1e-6)
    assert len(figure.numbers(data)) == 2 * 3 * 8


def test_before_training_no_gate_is_saturated(small):
    found = figure.fractions(small("saturation_scatter"), figure.UNTRAINED)
    assert float(found["unit_left"].max()) == float(found["unit_right"].max()) == 0
    circle = figure.compose(small("saturation_scatter")).axes[0].collections[0]
    np.testing.assert_array_equal(circle.get_offsets(), np.zeros((3, 2)))  # a slice a gate, in the corner


@pytest.mark.slow
def test_the_claim(full):
    found = figure.fractions(full("saturation_scatter"), figure.READING)
    assert float(found["unit_left"].mean()) > 0.3
    assert float(found["unit_right"].mean()) > 0.3
