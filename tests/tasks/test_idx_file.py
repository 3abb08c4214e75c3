"""The IDX format: what is read back, and files that are not of it."""

import numpy as np
import pytest
from mnist_files import write_idx

from gradviz.tasks.idx_file import read_idx


@pytest.mark.parametrize("name", ["a-ubyte", "a-ubyte.gz"])
@pytest.mark.parametrize("shape", [(7,), (3, 4, 5), (0,)])
def test_what_was_written_is_read(tmp_path, name, shape):
    array = np.random.default_rng(0).integers(0, 256, shape)
    write_idx(tmp_path / name, array)
    assert read_idx(tmp_path / name).tolist() == array.tolist()


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", "is not an IDX file of bytes; it begins with b''"),
        (b"\x89PNG....", "is not an IDX file"),
        (b"\x00\x00\x0d\x01\x00\x00\x00\x01" + b"\x00" * 4, "is not an IDX file of bytes"),  # floats
        (
            b"\x00\x00\x08\x01\x00\x00\x00\x05" + b"\x00" * 4,
            r"is damaged: 12 bytes, for an array of shape \(5,\)",
        ),
        (b"\x00\x00\x08\x03\x00\x00\x00\x05", "is damaged"),
    ],
)
def test_another_file_is_refused(tmp_path, raw, message):
    (tmp_path / "a").write_bytes(raw)
    with pytest.raises(ValueError, match=f"{tmp_path / 'a'}: {message}"):
        read_idx(tmp_path / "a")


def test_what_cannot_be_read_is_refused(tmp_path):
    (tmp_path / "a.gz").write_bytes(b"not compressed")
    with pytest.raises(ValueError, match=r"a.gz: cannot be read \(Not a gzipped file"):
        read_idx(tmp_path / "a.gz")
    with pytest.raises(ValueError, match="folder"):
        read_idx(tmp_path)
