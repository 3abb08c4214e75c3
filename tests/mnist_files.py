"""Small files in the format of MNIST."""

import gzip
import struct

import numpy as np


def write_idx(path, array):
    """Write bytes as an IDX file; compressed if the name ends in .gz."""
    header = struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
    raw = header + array.astype(np.uint8).tobytes()
    path.write_bytes(gzip.compress(raw) if path.suffix == ".gz" else raw)


def write_mnist(folder, *, train=30, test=10, end=""):
    """Write the four files: image k is of class k mod 10; its pixel at (r, c) is (k + 28 r + c) mod 256."""
    for name, count in (("train", train), ("t10k", test)):
        number = np.arange(count)
        pixels = (number[:, None, None] + 28 * np.arange(28)[:, None] + np.arange(28)) % 256
        write_idx(folder / f"{name}-images-idx3-ubyte{end}", pixels)
        write_idx(folder / f"{name}-labels-idx1-ubyte{end}", number % 10)
