"""Every file of a recording is read once, and only whole ones."""

import os

import pytest
import xarray as xr
from report.live.written import part_writer, write_part

from gradviz.errors import BadRecording
from gradviz.recording.file_names import part_file
from gradviz.recording.load import load
from gradviz.recording.stored_array import identity
from gradviz.report.live import part_reader as module
from gradviz.report.live.part_reader import PartReader, recording_files


def read(reader, folder):
    groups = recording_files(folder)
    return reader.tree(groups, {file: identity(file) for files in groups for file in files})


@pytest.fixture
def read_files(monkeypatch):
    """Names of the files that were read."""
    names, read_file = [], module.read_file
    monkeypatch.setattr(
        module, "read_file", lambda file, **options: names.append(file.name) or read_file(file, **options)
    )
    return names


def test_files_of_a_recording_in_every_state(tmp_path):
    run = tmp_path / "run"
    assert recording_files(run) == []
    writer = part_writer(run)
    assert recording_files(run) == []
    write_part(writer, range(2))
    assert recording_files(run) == [[part_file(run, 0)]]
    writer.close()
    assert recording_files(run) == [[run / "recording.nc"]]
    assert recording_files(run / "recording.nc") == [[run / "recording.nc"]]


def test_a_whole_that_comes_between_two_looks_is_found(tmp_path, monkeypatch):
    writer = part_writer(tmp_path, range(2))

    def closed_meanwhile(folder):
        writer.close()
        return []

    monkeypatch.setattr(module, "part_files", closed_meanwhile)
    assert recording_files(tmp_path) == [[tmp_path / "recording.nc"]]


def test_a_part_is_read_once(tmp_path, read_files):
    reader, writer = PartReader(), part_writer(tmp_path, range(3))
    read(reader, tmp_path)
    write_part(writer, range(3, 5))
    tree = read(reader, tmp_path)
    assert read_files == ["part-000000.nc", "part-000001.nc"]
    xr.testing.assert_identical(tree, load(tmp_path))
    assert tree["recurrent"]["step"].values.tolist() == [0, 1, 2, 3, 4]


def test_a_part_that_was_written_again_is_read_again(tmp_path, read_files):
    reader, writer = PartReader(), part_writer(tmp_path, range(3))
    read(reader, tmp_path)
    writer.abandon()
    part_file(tmp_path, 0).unlink()
    part_writer(tmp_path, range(10, 12))
    assert read(reader, tmp_path)["recurrent"]["step"].values.tolist() == [10, 11]


def test_a_damaged_part_is_left_out_until_it_is_mended(tmp_path, read_files):
    reader = PartReader()
    part_writer(tmp_path, range(3), range(3, 5))
    whole = part_file(tmp_path, 1).read_bytes()
    part_file(tmp_path, 1).write_bytes(whole[: len(whole) // 2])
    for _ in range(8):
        assert read(reader, tmp_path)["recurrent"].sizes["step"] == 3
    assert reader.left_out == [part_file(tmp_path, 1)]
    assert not reader.tries_again
    assert read_files.count("part-000001.nc") == 5
    part_file(tmp_path, 1).write_bytes(whole)
    assert read(reader, tmp_path)["recurrent"].sizes["step"] == 5
    assert reader.left_out == []


def test_nothing_that_can_be_read(tmp_path):
    part_writer(tmp_path, range(3))
    part_file(tmp_path, 0).write_bytes(b"no recording")
    with pytest.raises(BadRecording, match="none of the 1 files can be read"):
        read(PartReader(), tmp_path)


def test_a_large_recording_stays_on_disk(tmp_path, monkeypatch):
    part_writer(tmp_path, range(3), range(3, 5))
    monkeypatch.setattr(module, "AT_ONCE", 1000)
    monkeypatch.setattr("gradviz.recording.merge.AT_ONCE", 1000)
    tree = read(PartReader(), tmp_path)
    assert not tree["recurrent"].variables["log10_grad_h"]._in_memory
    xr.testing.assert_identical(tree.load(), load(tmp_path))


def test_ranks_are_joined(tmp_path):
    for rank in range(2):
        part_writer(tmp_path / f"rank-{rank}", range(2), range(2, 4))
    reader = PartReader()
    assert [len(files) for files in recording_files(tmp_path)] == [2, 2]
    tree = read(reader, tmp_path)
    assert tree.attrs["ranks"] == 2
    assert tree["recurrent"].sizes["sample"] == 4
    reader.forget()
    assert reader.left_out == []


@pytest.mark.skipif(os.name != "posix", reason="a file that is open can be removed on POSIX only")
def test_a_file_that_vanished_is_said(tmp_path):
    part_writer(tmp_path, range(3))
    groups = recording_files(tmp_path)
    identities = {part_file(tmp_path, 0): identity(part_file(tmp_path, 0))}
    part_file(tmp_path, 0).unlink()
    with pytest.raises(FileNotFoundError):
        PartReader().tree(groups, identities)
