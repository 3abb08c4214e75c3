"""Theil-Sen lines: exact on lines, not moved by outliers, equal to a plain loop."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from gradviz.measures.fits.theil_sen import quick_theil_sen, theil_sen


@pytest.mark.parametrize("fit", [theil_sen, quick_theil_sen])
@settings(max_examples=20, deadline=None)
@given(st.integers(2, 30), st.floats(-3, 3), st.floats(-3, 3))
def test_exact_on_lines(fit, points, slope, intercept):
    x = np.cumsum(np.random.default_rng(points).uniform(0.5, 2, (2, points)), axis=1)
    found = fit(x, intercept + slope * x)
    np.testing.assert_allclose(found.slope, slope, atol=1e-9)
    np.testing.assert_allclose(found.intercept, intercept, atol=1e-8)
    np.testing.assert_allclose(found.residual, 0, atol=1e-8)


@settings(max_examples=30, deadline=None)
@given(arrays(np.float64, st.tuples(st.integers(1, 3), st.integers(2, 9)), elements=st.floats(-10, 10)))
def test_agrees_with_a_plain_loop(y):
    x = np.tile(np.arange(y.shape[1], dtype=float) ** 1.5, (len(y), 1))
    found = theil_sen(x, y)
    for row, slope in enumerate(found.slope):
        pairs = combinations(range(y.shape[1]), 2)
        slopes = [(y[row, j] - y[row, i]) / (x[row, j] - x[row, i]) for i, j in pairs]
        assert slope == pytest.approx(np.median(slopes))
        rest = y[row] - slope * x[row]
        assert found.residual[row] == pytest.approx(np.abs(rest - np.median(rest)).sum())


def test_rows_fitted_in_blocks_are_the_same(monkeypatch):
    x, y = np.tile(np.arange(6.0), (5, 1)), np.random.default_rng(1).normal(size=(5, 6))
    together = theil_sen(x, y)
    monkeypatch.setattr("gradviz.measures.fits.theil_sen._SLOPES_PER_BLOCK", 31)
    np.testing.assert_array_equal(theil_sen(x, y), together)


@pytest.mark.parametrize(("fit", "fraction"), [(theil_sen, 0.25), (quick_theil_sen, 0.2)])
def test_a_fraction_of_outliers_moves_nothing(fit, fraction):
    x = np.arange(40.0)[None]
    y = -0.5 * x
    y[0, np.random.default_rng(3).permutation(40)[: int(40 * fraction)]] += 100
    assert fit(x, y).slope[0] == pytest.approx(-0.5)


def test_curves_with_points_of_their_own_and_with_the_same_points():
    x = np.cumsum(np.random.default_rng(2).uniform(0.5, 2, (3, 9)), axis=1)
    y = np.random.default_rng(3).normal(size=(3, 9))
    together = theil_sen(x, y)
    for row in range(3):
        alone = theil_sen(x[[row]], y[[row]])
        np.testing.assert_array_equal(np.ravel(alone), [part[row] for part in together])
