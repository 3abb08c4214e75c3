"""One variable of a file, read piece by piece."""

import os

import h5py
import numpy as np
import pytest
import xarray as xr

from gradviz.errors import BadRecording
from gradviz.recording.netcdf import open_variables, read_heads
from gradviz.recording.stored_array import StoredArray, identity, when_asked_for

VALUES = np.arange(24.0, dtype=np.float32).reshape(4, 3, 2)


@pytest.fixture
def path(tmp_path):
    with h5py.File(tmp_path / "x.nc", "w") as file:
        file.create_group("m")["h"] = VALUES
        for place, dim in enumerate("abc"):
            file["m"][dim] = np.arange(VALUES.shape[place])
            file["m"][dim].make_scale(dim)
            file["m"]["h"].dims[place].attach_scale(file["m"][dim])
    return tmp_path / "x.nc"


def stored(path):
    with h5py.File(path) as file:
        head = read_heads(open_variables(file["m"]))["h"]
    return StoredArray(path, "m/h", head, identity(path))


@pytest.mark.parametrize(
    "key",
    [
        (slice(1, 3), 2, slice(None)),
        (slice(None, None, -1), [0, 2], 1),
        ([3, 0], [2, 1], [1, 0]),
        ([0, 1, 3], slice(1, 3), 1),
        ([1, 3], 2, slice(None)),
        ([2], slice(None), [0, 1]),
        (slice(2, 2), slice(None), slice(None)),
    ],
)
def test_any_part(path, key):
    found = xr.Variable(("a", "b", "c"), when_asked_for(stored(path)))
    assert (found.shape, found.dtype) == (VALUES.shape, VALUES.dtype)
    np.testing.assert_array_equal(found[key].values, xr.Variable(("a", "b", "c"), VALUES)[key].values)


def test_a_file_that_was_touched_or_has_gone(path):
    array = xr.Variable(("a", "b", "c"), when_asked_for(stored(path)))
    inode, size, time = identity(path)
    assert (inode, size) == (path.stat().st_ino, path.stat().st_size)
    os.utime(path, ns=(time, time + 1))
    with pytest.raises(BadRecording, match=r"x\.nc has changed since it was loaded; load it again"):
        array[0].values  # noqa: B018
    os.utime(path, ns=(time, time))
    assert array[0].values.tolist() == VALUES[0].tolist()
    path.unlink()
    with pytest.raises(BadRecording, match="load it again"):
        array[1].values  # noqa: B018
