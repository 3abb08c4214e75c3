"""Writes the chunks of a compressed variable, which several threads compress at once.

HDF5 compresses in the thread that writes; closing a long recording is little else.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager

import h5py
import numpy as np

LEVEL = 1  # of zlib
FILTERS = {"compression": "gzip", "compression_opts": LEVEL, "shuffle": True}  # what the file says of it
_MOST_THREADS = 4


@contextmanager
def compressing_threads() -> Iterator[Executor]:
    """Threads for `write_chunks`; zlib leaves Python's lock to the others while it works."""
    with ThreadPoolExecutor(min(os.cpu_count() or 1, _MOST_THREADS), "compress") as threads:
        yield threads


def write_chunks(stored: h5py.Dataset, values: np.ndarray, begin: int, threads: Executor) -> None:
    """Write values as HDF5 itself would, bytes shuffled and compressed by zlib.

    Parameters
    ----------
    stored : h5py.Dataset
        Created with ``FILTERS`` and with chunks.
    values : ndarray
        Of its dtype; whole in all dims but the first.
    begin : int
        Where they begin in the first dim: at the start of a chunk.  They end at the end of one, or of the
        variable.
    threads : Executor
    """
    chunk = stored.chunks
    corners = [
        tuple(place * size for place, size in zip(corner, chunk, strict=True))
        for corner in np.ndindex(*(-(-size // part) for size, part in zip(values.shape, chunk, strict=True)))
    ]

    def compressed(corner: tuple[int, ...]) -> bytes:
        here = values[tuple(slice(at, at + size) for at, size in zip(corner, chunk, strict=True))]
        if here.shape != chunk:  # at an end; HDF5 has only whole chunks
            whole = np.zeros(chunk, values.dtype)
            whole[tuple(map(slice, here.shape))] = here
            here = whole
        as_bytes = np.ascontiguousarray(here).view(np.uint8).reshape(-1, values.dtype.itemsize)
        return zlib.compress(as_bytes.T.tobytes(), LEVEL)

    for corner, data in zip(corners, threads.map(compressed, corners), strict=True):
        stored.id.write_direct_chunk((corner[0] + begin, *corner[1:]), data)
