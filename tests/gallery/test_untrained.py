"""One pass before training."""

import numpy as np
import pytest

from gradviz.gallery.untrained import BATCH, untrained


def test_it_is_one_step_of_16_sequences_and_the_same_twice():
    first, again = (untrained("gru", length=7, hidden_size=5)["recurrent"] for _ in range(2))
    assert first["log10_grad_h"].sizes == {"step": 1, "layer": 1, "direction": 1, "time": 7, "sample": BATCH}
    np.testing.assert_array_equal(first["log10_grad_h"], again["log10_grad_h"])


def test_the_initialisation_is_applied():
    module = untrained("lstm", length=5, hidden_size=5, init="forget_bias", options={"value": 4.0})[
        "recurrent"
    ]
    assert float(module["gate_mean"].sel(gate="forget").mean()) == pytest.approx(
        1 / (1 + np.exp(-4)), abs=0.01
    )
