"""Weights of 16 bits are as exact as they can be."""

import base64

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from gradviz.report.lessons.character_model import as_json, rounded

FINITE = st.floats(-1e6, 1e6, allow_nan=False, width=32)


@given(arrays.arrays(np.float64, st.integers(1, 20), elements=FINITE))
def test_a_rounded_weight_is_off_by_at_most_half_a_unit(weight):
    codes, unit = rounded(weight)
    assert codes.dtype == np.dtype("<i2")
    assert np.abs(codes * unit - weight).max() <= 0.5 * unit * (1 + 1e-9)
    assert np.abs(codes.astype(int)).max() <= 32767


def test_weights_of_zero_stay_zero():
    codes, unit = rounded(np.zeros((2, 3)))
    assert (codes * unit == np.zeros((2, 3))).all()


def test_a_weight_that_is_not_finite_is_refused():
    with pytest.raises(ValueError, match="a weight that is not finite"):
        rounded(np.array([1.0, np.inf]))


def test_the_json_holds_every_weight(char_model):
    found = as_json(char_model)
    assert (found["layers"], found["hidden"], found["window"]) == (2, 6, 10)
    coded = found["weights"]["weight_hh_l1"]
    weight = np.frombuffer(base64.b64decode(coded["codes"]), "<i2") * coded["unit"]
    assert weight == pytest.approx(char_model.weights["weight_hh_l1"].ravel(), abs=coded["unit"])
    assert len(found["weights"]) == 10
