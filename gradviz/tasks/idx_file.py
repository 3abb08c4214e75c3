"""The IDX format of the MNIST files: a header of whole numbers, then bytes."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from gradviz.recording.regular_file import NotAFile, check_regular_file

_BYTES = 8  # the code of the type: unsigned bytes, the only one that these files use


def read_idx(path: Path) -> Tensor:
    """Content of an IDX file of unsigned bytes.

    Parameters
    ----------
    path : Path
        Compressed if its name ends in ``.gz``.

    Returns
    -------
    Tensor of uint8
        In the shape that the file gives: two zero bytes, the code 8, the number of dimensions in a byte, and
        the dimensions in four bytes each, most significant first.

    Raises
    ------
    ValueError
        If it cannot be read, or is not such a file.

    References
    ----------
    LeCun, Cortes and Burges, "The MNIST database of handwritten digits".
    """
    try:
        check_regular_file(path)
        raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except NotAFile as error:
        raise ValueError(str(error)) from None
    except (OSError, EOFError) as error:
        raise ValueError(f"{path}: cannot be read ({error})") from None
    if len(raw) < 4 or raw[:3] != bytes([0, 0, _BYTES]):
        raise ValueError(f"{path}: is not an IDX file of bytes; it begins with {raw[:4]!r}")
    header = 4 + 4 * raw[3]
    shape = tuple(int(size) for size in np.frombuffer(raw[4:header], ">u4"))
    if len(shape) != raw[3] or len(raw) - header != int(np.prod(shape, dtype=np.int64)):
        raise ValueError(f"{path}: is damaged: {len(raw)} bytes, for an array of shape {shape}")
    return torch.from_numpy(np.frombuffer(raw, np.uint8, offset=header).reshape(shape).copy())
