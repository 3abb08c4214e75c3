"""Recordings are saved and loaded without a change."""

import errno
import os

import h5py
import numpy as np
import pytest
import xarray as xr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import gradviz as gv
from gradviz import vocabulary as v
from gradviz.errors import BadRecording
from gradviz.recording.call_record import CallRecord
from gradviz.recording.save import save, write


def assert_identical(found, expected):
    xr.testing.assert_identical(found.to_dataset(inherit=False), expected.to_dataset(inherit=False))
    assert list(found.children) == list(expected.children)
    for name in expected.children:
        xr.testing.assert_identical(
            found[name].to_dataset(inherit=False), expected[name].to_dataset(inherit=False)
        )


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    fill=st.sampled_from([-np.inf, np.inf, np.nan, -999.0, 0.0]),
    shape=st.tuples(st.integers(1, 5), st.sets(st.integers(0, 9), min_size=1).map(sorted)),
)
def test_what_is_saved_is_loaded(record, recording, tmp_path, fill, shape):
    times, samples = shape
    records = [
        record(0, times=times, samples=samples, fill=fill),
        record(3),
        record(1, module="b.gru"),
    ]
    tree = recording(*records, metadata={"seed": 3, "config": {"task": {"length": [1, 2]}}})
    found = gv.load(save(tree, tmp_path / "x.nc", overwrite=True))
    assert_identical(found, tree)
    first = found["lstm"][v.LOG10_GRAD_H].values[0, :, 0, :times]
    assert np.count_nonzero(np.isneginf(first)) == (2 * times * len(samples) if fill == -np.inf else 0)


def test_gates_are_packed_to_a_byte(record, recording, tmp_path):
    tree = recording(record(0, detail="full"))
    found = gv.load(save(tree, tmp_path / "x.nc"))["lstm"][v.GATES]
    np.testing.assert_allclose(found, tree["lstm"][v.GATES], atol=0.5 / 127 + 1e-6)
    write(tree, tmp_path / "part.nc", compress=False)  # parts are written in a hurry, and exact
    for name, dtype in (("x.nc", np.uint8), ("part.nc", tree["lstm"][v.GATES].dtype)):
        with h5py.File(tmp_path / name) as file:
            assert file["lstm"][v.GATES].dtype == dtype


def test_gates_that_may_be_large_are_not_packed(recording, tmp_path):
    values = np.array([0.0, 0.3, 7.5]).reshape(1, 1, 1, 1, 1, 3)
    made = CallRecord(0, "rnn", "rnn_relu", np.array([0]), {v.GATES: values}, 0.0, {"detail": "full"}, 0)
    found = gv.load(save(recording(made), tmp_path / "x.nc"))
    assert found["rnn"][v.GATES].values.ravel().tolist() == [0, np.float32(0.3), 7.5]


def test_an_existing_file_is_kept_unless_overwrite_is_set(record, recording, tmp_path):
    save(recording(record(0)), tmp_path)
    with pytest.raises(FileExistsError, match="already exists; choose another path, or save with overwrite"):
        save(recording(record(0)), tmp_path)
    save(recording(record(7)), tmp_path, overwrite=True)
    assert gv.load(tmp_path)["lstm"]["step"].values.tolist() == [7]


@pytest.mark.parametrize("function", ["fsync", "replace"])
def test_a_full_disk_harms_nothing(record, recording, tmp_path, monkeypatch, function):
    save(recording(record(0)), tmp_path)

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, function, full)
    with pytest.raises(OSError, match="No space left"):
        save(recording(record(7)), tmp_path, overwrite=True)
    assert [p.name for p in tmp_path.iterdir()] == ["recording.nc"]
    assert gv.load(tmp_path)["lstm"]["step"].values.tolist() == [0]


def test_only_recordings_are_saved(tmp_path):
    with pytest.raises(TypeError, match="a whole recording is a DataTree"):
        save(xr.Dataset(), tmp_path / "x.nc")
    with pytest.raises(BadRecording, match="not a gradviz recording"):
        save(xr.DataTree(), tmp_path / "x.nc")
    assert not list(tmp_path.iterdir())
