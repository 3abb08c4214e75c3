"""The character model over its sentence."""

import numpy as np
import pytest

from gradviz.gallery.figures import char_model as figure


def test_every_window_has_its_own_gradient(small):
    data = small("char_model")
    values = figure.window_gradients(data)
    assert values.shape == (10, 53)
    recorded = data[figure.WINDOWS]["recurrent"]["log10_grad_h"].isel(step=0, layer=-1, direction=0)
    np.testing.assert_allclose(values[0], recorded.isel(time=-1), rtol=1e-6)  # lag 0 is the last time step
    numbers = figure.numbers(data)
    assert numbers.iloc[0].to_dict() == {
        "position": 10,
        "lag": 1,
        "log10_grad_h": values[0, 0],
        "character": "o",  # the last one of "hello pyto"
    }
    assert len(numbers) == 530


def test_gates_are_the_saturated_fraction(small):
    data = small("char_model")
    gates = data[figure.READING]["recurrent"]["gates"].isel(step=0, layer=-1, direction=0, sample=0)
    forget = gates.sel(gate="forget")
    expected = ((forget < 0.1) | (forget > 0.9)).mean("unit")
    np.testing.assert_allclose(figure.saturated(data).sel(gate="forget"), expected, atol=1e-6)


@pytest.mark.slow
def test_the_claim(full):
    data = full("char_model")
    assert float(data[figure.TRAINING]["loss"][-1]) < 0.02
    norms = data[figure.TRAINING]["recurrent"]["log10_grad_h"].isel(layer=-1, direction=0)
    fallen = (norms.isel(time=-1) - norms.isel(time=0)).median("sample")
    assert float(fallen.max()) < 3
