"""One byte for each value: half a step of error at most, and a mark for everything else."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from gradviz.plots.drawing.marks import MEANINGS, count_marks, marked_cells
from gradviz.plots.drawing.palette import MARKS
from gradviz.report.data.frames import MARK_OF_CODE, Frame, marks_table, quantise, read_frame

NAN, INF = np.nan, np.inf


def there_and_back(frame):
    return read_frame(json.loads(json.dumps(frame.to_json(), allow_nan=False)))


def test_codes_by_hand():
    frame = quantise(np.array([0.0, 1.0, 249.0, 124.4, 124.6]), ("time",))
    assert frame.codes.tolist() == [0, 1, 249, 124, 125]
    assert (frame.low, frame.high, frame.counts) == (0.0, 249.0, {})


def test_marks_by_hand():
    values = np.array([[-3.0, -INF, INF], [NAN, -1.0, -2.0]])
    underflow = np.array([[True, True, True], [True, False, False]])
    frame = quantise(values, ("step", "time"), scale="log10", underflow=underflow)
    assert frame.codes.tolist() == [[251, 250, 252], [254, 249, 0]]
    assert (frame.low, frame.high) == (-2.0, -1.0)  # a cell with a mark never sets the scale
    assert frame.counts == {"zero": 1, "underflow": 1, "non-finite": 1, "missing": 1}


def test_zero_is_an_ordinary_value_on_a_linear_scale():
    frame = quantise(np.array([0.0, -INF, INF, 0.5]), ("time",))
    assert frame.codes.tolist() == [0, 253, 252, 249]
    assert frame.counts == {"non-finite": 2}


def test_marks_are_those_of_the_plots():
    rng = np.random.default_rng(0)
    values = rng.choice([-4.0, -2.5, -INF, INF, NAN], (30, 20))
    underflow = rng.random((30, 20)) < 0.3
    frame = quantise(values, ("step", "time"), scale="log10", underflow=underflow)
    cells = marked_cells(values, underflow)
    assert frame.counts == count_marks([cells])
    for name, mask in cells.items():
        codes = [code for code, mark in MARK_OF_CODE.items() if mark == name]
        np.testing.assert_array_equal(np.isin(frame.codes, codes), mask)


def test_the_table_has_every_mark_of_the_palette():
    table = marks_table()
    assert [row["code"] for row in table] == [250, 251, 252, 253, 254]
    assert {row["name"] for row in table} == set(MARKS)
    assert all(row["colour"] == MARKS[row["name"]].colour for row in table)
    assert table[0]["meaning"] == MEANINGS["zero"] == "exactly zero"


@settings(max_examples=150, deadline=None)
@given(
    arrays(
        np.float64,
        array_shapes(max_dims=3, max_side=6),
        elements=st.floats(width=64, allow_nan=True, allow_infinity=True),
    )
)
def test_round_trip(values):
    """At most half a step, however far apart the values are; marks exactly."""
    with np.errstate(all="raise", under="ignore"):
        frame = there_and_back(quantise(values, tuple("abc"[: values.ndim])))
        found = frame.values()
    assert found.shape == values.shape
    finite = np.isfinite(values)
    np.testing.assert_array_equal(np.isfinite(found), finite)
    np.testing.assert_array_equal(found[~finite], values[~finite])
    if finite.any():
        half = (frame.high / 2 - frame.low / 2) / 249
        rounding = 4 * np.spacing(max(abs(frame.high), abs(frame.low)) / 2)
        assert np.all(np.abs(found[finite] / 2 - values[finite] / 2) <= half / 2 + rounding)


def test_one_value_comes_back_exactly():
    assert there_and_back(quantise(np.full((2, 2), -7.3), ("a", "b"))).values().tolist() == [[-7.3, -7.3]] * 2


def test_json_of_a_frame():
    frame = quantise(np.zeros((4, 1000)), ("step", "time"), scale="log10")
    found = frame.to_json()
    assert found["shape"] == [4, 1000]
    assert found["dims"] == ["step", "time"]
    assert (found["low"], found["high"], found["scale"], found["compression"]) == (0.0, 0.0, "log10", "gzip")
    assert set(found) == {"shape", "dims", "low", "high", "scale", "counts", "compression", "base64"}


def test_nothing_at_all():
    frame = there_and_back(quantise(np.zeros((0, 3)), ("step", "time")))
    assert frame.values().shape == (0, 3)
    assert (frame.low, frame.high, frame.counts) == (0.0, 0.0, {})
    assert quantise(np.full(3, NAN), ("time",)).counts == {"missing": 3}


@pytest.mark.parametrize(
    ("options", "message"),
    [({"scale": "cubic"}, "scale = 'cubic': must be 'linear' or 'log10'"), ({"dims": ("a",)}, "have 2 axes")],
)
def test_refuses(options, message):
    with pytest.raises(ValueError, match=message):
        quantise(np.zeros((2, 2)), **{"dims": ("a", "b"), **options})


def test_frame_of_bytes_keeps_its_dtype():
    assert there_and_back(quantise(np.arange(300.0), ("time",))).codes.dtype == np.uint8
    assert isinstance(quantise(np.arange(3), ("time",)), Frame)  # whole numbers too
