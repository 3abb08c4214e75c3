"""The mean of norms, not of their logarithms, also far below the float range."""

import numpy as np
import pytest
import xarray as xr

from gradviz.measures.log10_mean import log10_mean


def mean_of(*log10_norms):
    return float(log10_mean(xr.DataArray(np.array([log10_norms]), dims=("time", "sample")), "sample")[0])


@pytest.mark.parametrize(
    ("log10_norms", "expected"),
    [
        ((0.0, -2.0), np.log10(0.505)),  # not -1, the mean of the logarithms
        ((-500.0, -502.0), -500 + np.log10(0.505)),
        ((-np.inf, -2.0), -2 - np.log10(2)),
        ((-np.inf, -np.inf), -np.inf),
        ((np.inf, -2.0), np.inf),
        ((np.nan, -2.0), -2.0),
        ((np.nan, np.nan), np.nan),
        ((np.nan, -np.inf), -np.inf),
    ],
)
def test_hand_computed(log10_norms, expected):
    np.testing.assert_allclose(mean_of(*log10_norms), expected, rtol=1e-12)


def test_float32_in_float64_out():
    norms = xr.DataArray(np.zeros((2, 3), dtype=np.float32), dims=("time", "sample"))
    averaged = log10_mean(norms, "sample")
    assert averaged.dtype == np.float64
    assert averaged.dims == ("time",)


@pytest.mark.parametrize("dim", ["sample", "time", "step"])
def test_many_values_along_any_dim(dim):
    values = np.random.default_rng(0).uniform(-3, 0, (7, 5_000, 3))
    norms = xr.DataArray(values, dims=("step", "time", "sample"))
    expected = np.log10((10**norms).mean(dim))
    xr.testing.assert_allclose(log10_mean(norms, dim), expected, rtol=1e-12)
    assert log10_mean(norms, dim).dims == expected.dims
