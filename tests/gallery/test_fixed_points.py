"""The fixed points of a tanh unit."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradviz.gallery.fixed_points import fixed_points, slope


@given(w=st.floats(-3, 5), b=st.floats(-2, 2))
def test_they_are_fixed_and_in_ascending_order(w, b):
    found = fixed_points(w, b)
    assert len(found) in {1, 2, 3}
    assert found == sorted(found)
    np.testing.assert_allclose(np.tanh(w * np.array(found) + b), found, atol=1e-12)


@given(w=st.floats(1.05, 5))
def test_without_a_bias_the_outer_two_are_stable_and_the_inner_one_is_not(w):
    low, middle, high = fixed_points(w, 0.0)
    assert low == pytest.approx(-high, abs=1e-12)
    assert middle == pytest.approx(0, abs=1e-12)
    assert slope(high, w) < 1 < slope(middle, w)


def test_known_values():
    assert fixed_points(0.0, 0.0) == [pytest.approx(0)]
    assert fixed_points(0.0, 1.0) == [pytest.approx(np.tanh(1.0))]
    assert fixed_points(2.0, 0.0)[2] == pytest.approx(0.9575040240772687, rel=1e-12)
