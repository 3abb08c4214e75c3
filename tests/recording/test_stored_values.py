"""Any part of a variable of a file, read in neighbours."""

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradviz.recording import stored_values
from gradviz.recording.netcdf import Head
from gradviz.recording.stored_values import read_values

SHAPE = (23, 4, 5)
VALUES = np.arange(np.prod(SHAPE), dtype=np.float32).reshape(SHAPE)
HEAD = Head(("a", "b", "c"), SHAPE, VALUES.dtype, {}, False)


@pytest.fixture(params=[None, (1, 4, 5), (7, 4, 5), (3, 2, 2)], scope="module")
def stored(request, tmp_path_factory):
    options = {"chunks": request.param, "compression": "gzip"} if request.param else {}
    with h5py.File(tmp_path_factory.mktemp("values") / "x.h5", "w") as file:
        yield file.create_dataset("x", data=VALUES, **options)


def indices(length):
    forwards = st.builds(slice, st.integers(0, length), st.integers(0, length), st.integers(1, length))
    return st.one_of(st.integers(0, length - 1), st.just(slice(None)), forwards)


def positions(length):
    return st.sets(st.integers(0, length - 1)).map(lambda found: np.array(sorted(found), dtype=np.int64))


@settings(deadline=None, max_examples=80)
@given(data=st.data(), block=st.integers(1, 2_000), near=st.integers(0, 2_000))
def test_any_part_is_that_of_the_array(stored, data, block, near):
    key = [data.draw(indices(length)) for length in SHAPE]
    listed = data.draw(st.sampled_from([None, 0, 1, 2]))
    if listed is not None:
        key[listed] = data.draw(positions(SHAPE[listed]))
    rows, *others = key
    expected = VALUES[rows] if isinstance(rows, int) else VALUES[rows][(slice(None), *others)]
    expected = expected[tuple(others)] if isinstance(rows, int) else expected
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stored_values, "_BLOCK", block)
        patch.setattr(stored_values, "_NEAR", near)
        found = read_values(stored, HEAD, tuple(key))
    assert found.dtype == VALUES.dtype
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(
    "key",
    [
        (slice(None, None, 2), slice(None), slice(None)),
        (slice(None), slice(None), slice(None, None, 2)),
        (slice(None, None, 3), slice(0, 4, 3), 2),
        (slice(None), np.array([0, 2, 3]), slice(None)),
        (3, slice(None), np.array([0, 4])),
    ],
)
def test_only_neighbours_are_read(stored, key, monkeypatch):
    """HDF5 takes several times as long for every second number as for all of them."""
    asked = []
    original = h5py.Dataset.__getitem__
    monkeypatch.setattr(h5py.Dataset, "__getitem__", lambda self, k: asked.append(k) or original(self, k))
    read_values(stored, HEAD, key)
    assert len(asked) == 1
    assert all(isinstance(one, int) or one.step is None for one in asked[0])


def test_far_rows_are_read_alone_and_many_in_blocks(stored, monkeypatch):
    asked = []
    original = h5py.Dataset.__getitem__
    monkeypatch.setattr(h5py.Dataset, "__getitem__", lambda self, k: asked.append(k[0]) or original(self, k))
    monkeypatch.setattr(stored_values, "_NEAR", 0)
    rows = np.array([0, 1, 2, 20, 22])
    found = read_values(stored, HEAD, (rows, slice(None), slice(None)))
    np.testing.assert_array_equal(found, VALUES[rows])
    assert asked[0] == slice(0, 3)
    assert sum(one.stop - one.start for one in asked) <= 6
    asked.clear()
    monkeypatch.setattr(stored_values, "_BLOCK", 14 * 20 * 4)  # 14 rows
    np.testing.assert_array_equal(
        read_values(stored, HEAD, (slice(None), 0, slice(0, 5, 2))), VALUES[:, 0, ::2]
    )
    assert len(asked) == 1  # 23 rows of 5 numbers
    read_values(stored, HEAD, (slice(None), slice(0, 4, 3), slice(None)))
    assert [one.stop for one in asked[1:]] in ([14, 23], [12, 23])  # whole chunks


def test_everything_and_nothing(stored):
    np.testing.assert_array_equal(read_values(stored, HEAD), VALUES)
    assert read_values(stored, HEAD, (slice(2, 2), slice(0, 4, 2), 1)).shape == (0, 2)
