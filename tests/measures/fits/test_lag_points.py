"""Finite points sorted by lag, grouped by their number."""

import numpy as np

from gradviz.measures.fits.lag_points import lag_points

NAN, INF = np.nan, np.inf


def test_hand_computed():
    lags = np.array([[3.0, 2, 1, 0], [0, 1, 2, 3], [1, 0, NAN, NAN], [3, 2, 1, 0]])
    norms = np.array([[-3.0, -2, -1, 0], [INF, 5, NAN, 7], [4, 6, NAN, NAN], [-INF, -INF, -INF, 0]])
    two, four = lag_points(lags, norms, most=10)
    np.testing.assert_array_equal(two.rows, [1, 2])
    np.testing.assert_array_equal(two.lag, [[1, 3], [0, 1]])
    np.testing.assert_array_equal(two.log10_norm, [[5, 7], [6, 4]])
    np.testing.assert_array_equal(four.rows, [0])
    np.testing.assert_array_equal(four.log10_norm, [[0, -1, -2, -3]])


def test_a_long_sequence_is_evenly_subsampled():
    (points,) = lag_points(np.arange(101.0)[None], -np.arange(101.0)[None], most=5)
    np.testing.assert_array_equal(points.lag, [[0, 25, 50, 75, 100]])
    np.testing.assert_array_equal(points.log10_norm, -points.lag)
