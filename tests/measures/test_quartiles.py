"""Quartiles of values some of which are missing."""

import numpy as np

from gradviz.measures.quartiles import quartiles


def test_hand_computed():
    nan = np.nan
    found = quartiles(np.array([[4.0, 1, 2, 3, 5], [nan, 7, nan, 9, 8], [nan] * 5]))
    np.testing.assert_array_equal(found, [[2, 7.5, nan], [3, 8, nan], [4, 8.5, nan]])
