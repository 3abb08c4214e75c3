"""Chunks that threads compress are what HDF5 itself would have written."""

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as of_numpy

from gradviz.recording.compressed_chunks import FILTERS, compressing_threads, write_chunks


def written(values, chunks, rows):
    """The values as a file has them, written ``rows`` at a time, and the bytes of every chunk."""
    with h5py.File("x", "w", driver="core", backing_store=False) as file, compressing_threads() as threads:
        mine = file.create_dataset("mine", values.shape, values.dtype, chunks=chunks, **FILTERS)
        for begin in range(0, len(values), rows):
            write_chunks(mine, values[begin : begin + rows], begin, threads)
        other = file.create_dataset("other", data=values, chunks=chunks, **FILTERS)
        found = [
            [stored.id.read_direct_chunk(stored.id.get_chunk_info(n).chunk_offset) for n in range(count)]
            for stored in (mine, other)
            for count in [stored.id.get_num_chunks()]
        ]
        return mine[()], *found


@pytest.mark.parametrize("dtype", ["u1", "<i8", "<f4", "<f8"])
def test_the_same_bytes_as_hdf5_writes(dtype):
    values = np.random.default_rng(0).normal(size=(50, 3, 70)).cumsum(0).astype(dtype)
    back, mine, other = written(values, (8, 3, 64), 24)
    np.testing.assert_array_equal(back, values)
    assert len(mine) == 14
    assert mine == other


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_any_values_come_back(data):
    shape = data.draw(of_numpy.array_shapes(min_dims=1, max_dims=4, max_side=9))
    values = data.draw(of_numpy.arrays(np.float32, shape))
    chunks = tuple(data.draw(st.integers(1, size)) for size in shape)
    rows = chunks[0] * data.draw(st.integers(1, 3))
    back, _, _ = written(values, chunks, rows)
    np.testing.assert_array_equal(back.view(np.uint32), values.view(np.uint32))


def test_values_in_any_order_of_memory():
    values = np.arange(6 * 5 * 4, dtype=np.float64).reshape(4, 5, 6).transpose(2, 0, 1)
    back, _, _ = written(values, (2, 3, 5), 6)
    np.testing.assert_array_equal(back, values)
