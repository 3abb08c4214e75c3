"""Quartiles of values some of which are missing."""

import numpy as np
import pytest

from gradviz.measures.quartiles import quartiles


def test_hand_computed():
    nan = np.nan
    found = quartiles(np.array([[4.0, 1, 2, 3, 5], [nan, 7, nan, 9, 8], [nan] * 5]))
    np.testing.assert_array_equal(found, [[2, 7.5, nan], [3, 8, nan], [4, 8.5, nan]])


@pytest.mark.parametrize("missing", [0.0, 0.3])
def test_the_quantiles_of_numpy(missing):
    rng = np.random.default_rng(6)
    values = rng.normal(size=(50, 17)) * 10.0 ** rng.integers(-5, 5, (50, 1))
    values[rng.random(values.shape) < missing] = np.nan
    np.testing.assert_array_equal(quartiles(values), np.nanquantile(values, (0.25, 0.5, 0.75), axis=-1))


def test_infinite_values():
    inf = np.inf
    found = quartiles(np.array([[-inf, -inf, -inf, 1, 2], [1, 2, inf, inf, inf], [-inf, 0, 1, 2, inf]]))
    np.testing.assert_array_equal(found.T, [[-inf, -inf, 1], [2, inf, inf], [0, 1, 2]])
    assert quartiles(np.array([0.0, inf, np.nan]))[0] == inf
