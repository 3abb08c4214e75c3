"""Powers of a matrix that is not normal."""

import numpy as np
import pytest

from gradviz.gallery.figures import transient as figure


def test_the_known_case(small):
    data = small("transient")
    power, norm = figure.peak(data)
    assert power == 9
    assert norm == pytest.approx(38.75, abs=0.005)
    assert figure.below_one(data) == 63
    for said in (
        "Spectral radius 0.90",
        "largest singular value 10.08",
        "38.75 at n = 9",
        "first falls below 1 at n = 63",
    ):
        assert said in figure.caption(data).measured


def test_norms_by_hand(small):
    norms = small("transient")["powers"]["norm"].values
    assert norms[0] == 1
    power = np.array([[0.9**3, 3 * 10 * 0.9**2], [0, 0.9**3]])  # of a Jordan block, in closed form
    assert norms[3] == pytest.approx(np.sqrt(np.linalg.eigvalsh(power.T @ power)[-1]), rel=1e-10)
    (ax,) = figure.compose(small("transient")).axes
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), norms)
