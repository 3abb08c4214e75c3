"""Typed arrays come back bit by bit."""

import base64
import json
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from gradviz.report.data.typed import Typed, labels, read_typed, single


def there_and_back(typed):
    return read_typed(json.loads(json.dumps(typed.to_json(), allow_nan=False)))


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from([np.float64, np.float32, np.int32]).flatmap(
        lambda dtype: arrays(dtype, array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=5))
    )
)
def test_every_bit_comes_back(values):
    found = there_and_back(Typed(values, tuple("abc"[: values.ndim])))
    assert found.dtype == values.dtype
    assert found.shape == values.shape
    assert found.tobytes() == values.tobytes()


def test_json_by_hand():
    found = Typed(np.array([[1.5, -np.inf]]), ("step", "time")).to_json()
    assert (found["dtype"], found["shape"], found["dims"]) == ("float64", [1, 2], ["step", "time"])
    assert found["compression"] == "none"
    assert base64.b64decode(found["base64"]) == struct.pack("<2d", 1.5, -np.inf)


def test_big_endian_and_transposed_values_are_written_as_little_endian_rows():
    values = np.arange(6, dtype=">f8").reshape(2, 3).T
    np.testing.assert_array_equal(there_and_back(Typed(values, ("a", "b"))), values)


def test_labels():
    assert labels([0, 10, 2**31 - 1], "step").values.dtype == np.int32
    assert labels([0, 2**31], "step").values.tolist() == [0.0, 2.0**31]
    assert labels([0.5], "step").values.dtype == np.float64
    assert labels([], "step").values.shape == (0,)


def test_single():
    found = single(np.array([1e308, -1e308, np.inf, -np.inf, np.nan, 0.1]))
    most = np.finfo(np.float32).max
    np.testing.assert_array_equal(found, np.float32([most, -most, np.inf, -np.inf, np.nan, 0.1]))
    assert found.dtype == np.float32


def test_refuses_what_it_cannot_hold():
    with pytest.raises(TypeError, match="values are int64: must be float64, float32, int32"):
        Typed(np.arange(3), ("a",))
    with pytest.raises(ValueError, match="have 1 axes"):
        Typed(np.zeros(3), ("a", "b"))
