"""Parts that are joined while their values are on disk, compared with those that are joined in memory."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from gradviz.recording.align import join
from gradviz.recording.join_lazily import follow_each_other, join_lazily
from gradviz.recording.merge import as_block

DIMS = ("step", "layer", "direction", "time", "sample")


def piece(steps, *, times=2, samples=(0,), calls=None, name="log10_grad_h", start=0.0):
    shape = (len(steps), *([calls] if calls else []), 1, 1, times, len(samples))
    dims = ("step", *(["call"] if calls else []), *DIMS[1:])
    values = start + np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
    labels = {"step": list(steps), "time": np.arange(times), "sample": list(samples)}
    labels |= {"layer": [0], "direction": ["forward"]} | ({"call": np.arange(calls)} if calls else {})
    loss = ("step", np.asarray(steps, dtype=float))
    return xr.Dataset({name: (dims, values), "loss": loss}, labels)


def read(values, key):
    return np.asarray(xr.Variable(values[0], values[1])[key].values)


PIECES = st.lists(
    st.tuples(
        st.integers(1, 4),  # steps
        st.integers(1, 3),  # times
        st.sets(st.integers(0, 4), min_size=1, max_size=3),  # samples
        st.sampled_from([None, 1, 2]),  # calls
        st.sampled_from(["log10_grad_h", "state_h"]),
    ),
    min_size=1,
    max_size=4,
)


@settings(deadline=None, max_examples=12)
@given(PIECES, st.data())
def test_every_selection_is_that_of_the_whole(shapes, data):
    pieces, first = [], 0
    for count, times, samples, calls, name in shapes:
        steps = range(first, first + 2 * count, 2)
        pieces.append(
            piece(steps, times=times, samples=sorted(samples), calls=calls, name=name, start=100.0 * first)
        )
        first += 2 * count + 1
    lazily, at_once = join_lazily(pieces), join([as_block(one) for one in pieces], along="step")
    assert {dim: labels.tolist() for dim, labels in lazily.labels.items()} == {
        dim: labels.tolist() for dim, labels in at_once.labels.items()
    }
    assert lazily.variables.keys() == at_once.variables.keys()
    total = len(lazily.labels["step"])
    start = data.draw(st.integers(0, total))
    stop = data.draw(st.integers(start, total))
    rows = data.draw(st.sampled_from([slice(start, stop), slice(None, None, -2), min(start, total - 1)]))
    for name, (dims, expected) in at_once.variables.items():
        assert lazily.variables[name][0] == dims
        found = read(lazily.variables[name], (rows,))
        np.testing.assert_array_equal(found, expected[rows])
        assert found.dtype == expected.dtype


def test_a_part_of_a_later_piece_by_hand():
    pieces = [piece([0, 1]), piece([2, 3, 4], start=100.0), piece([5], start=200.0, samples=[3])]
    joined = join_lazily(pieces)
    assert joined.labels["sample"].tolist() == [0, 3]
    found = read(joined.variables["log10_grad_h"], (slice(1, 4), 0, 0))
    nan = np.nan
    np.testing.assert_array_equal(
        found, [[[2, nan], [3, nan]], [[100, nan], [101, nan]], [[102, nan], [103, nan]]]
    )
    assert read(joined.variables["log10_grad_h"], (slice(5, 6), 0, 0)).tolist()[0][1][1] == 201
    assert read(joined.variables["loss"], ([4, 0],)).tolist() == [4, 0]
    assert read(joined.variables["log10_grad_h"], (slice(0, 0),)).shape == (0, 1, 1, 2, 2)


def test_metrics_have_no_call():
    joined = join_lazily([piece([0]), piece([1], calls=2, start=7.0)])
    assert joined.variables["loss"][0] == ("step",)
    assert joined.variables["log10_grad_h"][0] == ("step", "call", *DIMS[1:])
    found = read(joined.variables["log10_grad_h"], (slice(None), slice(None), 0, 0, 0, 0))
    np.testing.assert_array_equal(found, [[0, np.nan], [7, 9]])


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([[0, 1], [2]], True),
        ([[0, 2], [2, 3]], False),
        ([[0, 3], [1]], False),
        ([[0], [], [1]], True),
        ([[4]], True),
    ],
)
def test_steps_that_follow_each_other(steps, expected):
    pieces = [xr.Dataset(coords={"step": np.array(each, dtype=int)}) for each in steps]
    assert follow_each_other(pieces) is expected
