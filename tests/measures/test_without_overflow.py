import math
from fractions import Fraction

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from gradviz.measures.without_overflow import without_overflow

FINITE = st.floats(allow_nan=False, allow_infinity=False)


@settings(max_examples=50, deadline=None)
@given(st.lists(FINITE, min_size=1, max_size=40))
def test_the_mean_of_any_floats_is_that_of_exact_fractions(values):
    exact = sum(map(Fraction, values)) / len(values)
    found = float(without_overflow(np.array(values), np.mean))
    largest = max(map(abs, values))
    assert math.isfinite(found)
    assert abs(Fraction(found) - exact) <= Fraction(largest) * len(values) / 2**52 + Fraction(5e-324)


@settings(max_examples=50, deadline=None)
@given(st.lists(FINITE, min_size=1, max_size=40))
def test_the_median_of_any_floats_is_that_of_exact_fractions(values):
    ordered = sorted(map(Fraction, values))
    exact = (ordered[(len(values) - 1) // 2] + ordered[len(values) // 2]) / 2
    found = Fraction(float(without_overflow(np.array(values), np.median)))
    assert abs(found - exact) <= abs(exact) / 2**50 + 4 * len(values) * Fraction(5e-324)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(-1e100, 1e100), min_size=1, max_size=40))
def test_nothing_changes_where_nothing_overflows(values):
    assert without_overflow(np.array(values), np.mean) == np.mean(values)


@pytest.mark.parametrize(
    ("values", "mean"), [([np.inf, 1.0], np.inf), ([np.inf, -np.inf], np.nan), ([np.nan, 1e308], np.nan)]
)
def test_what_is_not_finite(values, mean):
    np.testing.assert_equal(without_overflow(np.array(values), np.mean), mean)


def test_labelled_values_of_single_precision_stay_so():
    values = xr.DataArray(np.full((2, 3), 3e38, np.float32), dims=("a", "b"), attrs={"units": "1"})
    found = without_overflow(values, lambda part: part.mean("b"))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found.values, 3e38, rtol=1e-6)
