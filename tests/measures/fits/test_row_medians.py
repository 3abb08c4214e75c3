"""Medians of rows: those of numpy, to the bit."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from gradviz.measures.fits.row_medians import row_medians


@settings(max_examples=60, deadline=None)
@given(
    arrays(np.float64, st.tuples(st.integers(1, 4), st.integers(1, 30)), elements=st.floats(-1e300, 1e300))
)
def test_the_medians_of_numpy(values):
    np.testing.assert_array_equal(row_medians(values.copy()), np.median(values, axis=1))


def test_by_hand():
    assert row_medians(np.array([[3.0, 1.0, 2.0], [5.0, 5.0, -1.0]])).tolist() == [2, 5]
    assert row_medians(np.array([[3.0, 1.0, 10.0, 2.0]])).tolist() == [2.5]


def test_rows_that_are_not_contiguous():
    values = np.arange(12.0).reshape(4, 3)[::-1].T
    np.testing.assert_array_equal(row_medians(values.copy("F")), np.median(values, axis=1))
