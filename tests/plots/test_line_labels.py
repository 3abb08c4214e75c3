"""Places for labels that would overlap."""

import numpy as np
import pytest

from gradviz.plots.line_labels import spread


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ([0.1, 0.5], [0.1, 0.5]),
        ([0.5, 0.5], [0.45, 0.55]),
        ([0.5, 0.52, 0.1], [0.46, 0.56, 0.1]),
        ([0.5, 0.5, 0.5], [0.4, 0.5, 0.6]),
    ],
)
def test_hand_computed(wanted, expected):
    np.testing.assert_allclose(spread(np.array(wanted), 0.1), expected)


def test_never_nearer_than_the_gap():
    places = np.sort(spread(np.random.default_rng(0).uniform(0, 1, 40), 0.05))
    assert np.diff(places).min() >= 0.05 - 1e-12
