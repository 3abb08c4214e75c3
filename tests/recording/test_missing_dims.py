"""Dims that were selected or averaged away come back with length one."""

import numpy as np
import pytest
import xarray as xr

from gradviz import vocabulary as v
from gradviz.recording import missing_dims as missing_dims_module
from gradviz.recording.missing_dims import missing_dims, with_missing_dims
from gradviz.recording.tree import select_module


@pytest.fixture
def ds(record, recording):
    return select_module(recording(record(0), record(1)))


def test_nothing_is_missing(ds):
    assert missing_dims(ds) == ()
    assert with_missing_dims(ds) is ds


@pytest.mark.parametrize("dim", ["step", "layer", "direction", "time", "sample", "gate", "unit"])
def test_a_selected_dim_keeps_its_label_and_a_mean_has_none(ds, dim):
    selected, mean = ds.isel({dim: -1}), ds.mean(dim, keep_attrs=True)
    for given in (selected, mean):
        assert missing_dims(given) == (dim,)
        found = with_missing_dims(given)
        assert found.attrs == ds.attrs
        assert set(found.data_vars) == set(ds.data_vars)
        for name, values in found.items():
            assert values.dims == ds[name].dims
            assert values.attrs == ds[name].attrs
    assert dim not in with_missing_dims(mean).coords
    again = with_missing_dims(selected)
    assert again[dim].values.tolist() == [ds[dim].values[-1]]
    for name, values in ds.isel({dim: [-1]}).items():
        np.testing.assert_array_equal(again[name], values)


def test_several_are_in_the_order_of_the_vocabulary(ds):
    found = with_missing_dims(ds.isel(sample=0, layer=1, drop=True).transpose("time", ...))
    assert found[v.LOG10_GRAD_H].dims == ("step", "layer", "direction", "time", "sample")
    assert set(missing_dims(ds.isel(sample=0, layer=1))) == {"layer", "sample"}


def test_a_call_that_was_selected_is_not_missing(record, recording):
    ds = select_module(recording(record(0), record(0, call=1)))
    assert missing_dims(ds.isel(call=1)) == ()
    found = with_missing_dims(ds.isel(sample=0))
    assert found[v.LOG10_GRAD_H].dims == ("step", "call", "layer", "direction", "time", "sample")
    assert found["loss"].dims == ("step",)


def test_curves_have_iterations_and_the_metrics_of_a_module_steps(ds, record, recording):
    curves = recording(record(0), record(1)).to_dataset(inherit=False)
    assert missing_dims(curves) == ()
    assert missing_dims(curves.isel(iteration=1)) == ("iteration",)
    found = with_missing_dims(curves.isel(iteration=1))
    assert found["loss"].dims == ("iteration",)
    assert found["loss"].values.tolist() == [0.5]
    assert missing_dims(curves.mean()) == ("step",)  # nothing tells that it was a curve
    assert with_missing_dims(ds.isel(step=1))["loss"].values.tolist() == [0.5]


def test_what_is_of_many_runs_stays(ds):
    runs = xr.concat([ds, ds], "run").isel(sample=0)
    assert with_missing_dims(runs) is runs


def test_modules_that_are_alike_are_worked_out_once(ds):
    missing_dims_module._missing.cache_clear()
    assert {missing_dims(ds.isel(time=each)) for each in range(3)} == {("time",)}
    assert missing_dims_module._missing.cache_info().misses == 1
    assert missing_dims(ds) == ()
