"""Values that are read when they are asked for."""

import numpy as np
import pytest
import xarray as xr

import gradviz as gv
from gradviz.errors import BadRecording
from gradviz.recording import load as load_module
from gradviz.recording import merge as merge_module
from gradviz.recording import stored_array
from gradviz.recording.load import read_file
from gradviz.recording.merge import merge
from gradviz.recording.parts import Limits, PartWriter
from gradviz.recording.save import save


@pytest.fixture
def reads(monkeypatch):
    """The names of the variables that were read from disk."""
    seen = []
    read = stored_array.StoredArray._read

    def noted(self, key):
        seen.append(self._name.rsplit("/", 1)[1])
        return read(self, key)

    monkeypatch.setattr(stored_array.StoredArray, "_read", noted)
    return seen


def several(record, **options):
    return [record(step, detail="full", **options) for step in range(4)]


def test_the_same_values_as_read_at_once(record, recording, tmp_path, reads):
    path = save(recording(*several(record)), tmp_path / "x.nc")
    at_once, lazily = read_file(path), read_file(path, at_once=0)
    assert reads == []
    for name in ("/", "lstm"):
        mine, other = (tree[name].to_dataset(inherit=False) for tree in (lazily, at_once))
        xr.testing.assert_identical(mine, other)
    assert "gates" in reads


def test_only_what_is_used_is_read_and_only_once(record, recording, tmp_path, reads):
    path = save(recording(*several(record)), tmp_path / "x.nc")
    tree = read_file(path, at_once=0)
    assert tree["lstm"].sizes["time"] == 3
    gv.horizon(tree)
    assert set(reads) <= {"log10_grad_h", "log10_grad_h_direct"}
    reads.clear()
    tree["lstm"]["gate_mean"].values  # noqa: B018
    tree["lstm"]["gate_mean"].mean()
    assert reads == ["gate_mean"]


@pytest.mark.parametrize(
    "select",
    [
        lambda ds: ds.isel(step=-1),
        lambda ds: ds.isel(step=[0, 2], time=slice(None, None, -1)),
        lambda ds: ds.isel(sample=[1, 0], unit=[0, 2], step=slice(1, 3)),
        lambda ds: ds.sel(gate=["update"], step=[3, 1]),
        lambda ds: ds.mean("sample"),
        lambda ds: ds.where(ds["step"] > 1, drop=True),
    ],
)
def test_selections_of_stored_and_of_joined_values(record, recording, tmp_path, monkeypatch, select):
    monkeypatch.setattr(merge_module, "AT_ONCE", 0)
    monkeypatch.setattr(load_module, "AT_ONCE", 0)
    records = several(record)
    whole = recording(*records)["lstm"].to_dataset(inherit=False)
    stored = read_file(save(recording(*records), tmp_path / "x.nc"), at_once=0)
    joined = merge([recording(one) for one in records])
    for found in (stored, joined):
        dataset = found["lstm"].to_dataset(inherit=False)
        xr.testing.assert_allclose(
            select(dataset).drop_vars("loss"), select(whole).drop_vars("loss"), atol=0.5 / 127
        )


def test_joined_lazily_as_at_once(record, recording, monkeypatch):
    """Other lengths, samples, calls and variables in each part."""
    trees = [
        recording(record(0, times=5)),
        recording(record(1, samples=(1, 2, 5)), record(1, call=1, times=7)),
        recording(record(2, detail="full")),
        recording(record(3, module="other")),
        recording(record(4, times=1)),
    ]
    at_once = merge(trees)
    monkeypatch.setattr(merge_module, "AT_ONCE", 0)
    lazily = merge(trees)
    assert not isinstance(lazily["lstm"]["log10_grad_h"].variable._data, np.ndarray)
    for name in ("/", "lstm", "other"):
        xr.testing.assert_identical(
            lazily[name].to_dataset(inherit=False), at_once[name].to_dataset(inherit=False)
        )


def test_parts_that_overlap_are_joined_at_once(record, recording, monkeypatch):
    monkeypatch.setattr(merge_module, "AT_ONCE", 0)
    trees = [recording(record(0), record(2)), recording(record(1))]
    assert merge(trees)["lstm"]["step"].values.tolist() == [0, 1, 2]


def test_closing_holds_a_part_at_most(record, recording, tmp_path, monkeypatch, reads):
    """What is merged as a stream equals what is merged in memory."""
    for module in (load_module, merge_module):
        monkeypatch.setattr(module, "AT_ONCE", 0)
    writer = PartWriter(tmp_path / "mine", limits=Limits(steps=2))
    records = [record(step, detail="full", times=3 + step % 2) for step in range(7)]
    for one in records:
        writer.add(one)
    writer.close()
    assert "gates" in reads
    expected = save(recording(*records), tmp_path / "expected.nc")
    found, wanted = (
        read_file(path)["lstm"].to_dataset(inherit=False)
        for path in (tmp_path / "mine" / "recording.nc", expected)
    )
    xr.testing.assert_identical(found, wanted.drop_vars("loss"))


def test_a_file_that_has_changed_since_it_was_loaded(record, recording, tmp_path):
    path = save(recording(*several(record)), tmp_path / "x.nc")
    tree = read_file(path, at_once=0)
    save(recording(record(0)), path, overwrite=True)
    with pytest.raises(BadRecording, match=r"x\.nc has changed since it was loaded; load it again"):
        tree["lstm"]["gates"].values  # noqa: B018
    path.unlink()
    with pytest.raises(BadRecording, match="load it again"):
        tree["lstm"]["state_h" if "state_h" in tree["lstm"] else "gate_mean"].values  # noqa: B018
