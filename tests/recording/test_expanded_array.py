"""An expanded variable equals `set_dims`, however it is indexed, and reads only what is asked for."""

import numpy as np
import pytest
import xarray as xr

from gradviz.recording.expanded_array import ExpandedArray
from gradviz.recording.stored_array import when_asked_for

DIMS = ("step", "layer", "time", "sample")
KEYS = [
    {},
    {"step": 0},
    {"time": 1},
    {"time": slice(1, 4, 2), "sample": [2, 0]},
    {"step": slice(0, 0)},
    {"layer": [0, 0]},
    {"step": 0, "layer": 0, "time": -1, "sample": -1},
]


def expanded(variable):
    return xr.Variable(DIMS, when_asked_for(ExpandedArray(variable, DIMS)))


@pytest.fixture
def variable():
    return xr.Variable(("sample", "time"), np.arange(15.0).reshape(3, 5))


@pytest.mark.parametrize("key", KEYS, ids=str)
def test_is_the_same_as_set_dims(variable, key):
    found = expanded(variable).isel(key)
    wanted = variable.set_dims(DIMS).transpose(*DIMS).isel(key)
    assert found.dims == wanted.dims
    np.testing.assert_array_equal(found.values, wanted.values)


def test_means_and_later_selections(variable):
    wanted = variable.set_dims(DIMS).transpose(*DIMS)
    xr.testing.assert_equal(expanded(variable).mean("time"), wanted.mean("time"))
    xr.testing.assert_equal(expanded(variable)[:, :, 1:][..., 0], wanted[:, :, 1:][..., 0])


def test_reads_only_what_is_asked_for():
    read = []

    class Spy(ExpandedArray):
        def _read(self, key):
            read.append(key)
            return super()._read(key)

    inner = xr.Variable(("time",), np.arange(5.0))
    lazy = xr.Variable(("time",), when_asked_for(Spy(inner, ("time",))))
    outer = expanded(xr.Variable(("sample", "time"), np.zeros((2, 5))))
    assert outer.shape == (1, 1, 5, 2)
    whole = xr.Variable(("layer", "time"), when_asked_for(ExpandedArray(lazy, ("layer", "time"))))
    assert not read
    np.testing.assert_array_equal(whole[:, 1:3].values, [[1, 2]])
    assert read == [(slice(1, 3, 1),)]
