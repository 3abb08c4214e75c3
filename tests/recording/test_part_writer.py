"""The limits of a part, and what becomes of the parts in a folder."""

import h5py
import numpy as np
import pytest
from recording.written_parts import parts, write

import gradviz as gv
from gradviz.errors import BadRecording
from gradviz.recording import save
from gradviz.recording.parts import Limits, PartWriter, keep_parts


def test_a_part_is_full_with_exactly_its_bytes(record, tmp_path):
    size = sum(values.nbytes for values in record(0).variables.values())
    writer = PartWriter(tmp_path, limits=Limits(nbytes=2 * size))
    for step in range(2):
        writer.add(record(step))
    assert (writer.nbytes, writer.waiting, writer.finished) == (2 * size, 2, 0)
    writer.add(record(2))
    assert (writer.nbytes, writer.waiting, writer.finished) == (size, 1, 1)
    assert gv.load(tmp_path)["lstm"]["step"].values.tolist() == [0, 1]


def test_the_clock_of_a_part_begins_with_its_first_entry(record, tmp_path):
    now = [0.0]
    writer = PartWriter(tmp_path, clock=lambda: now[0])
    assert writer.now() == 0.0
    now[0] = 100.0
    writer.flush_if_due()
    writer.add(record(0))
    now[0] = 109.0
    writer.add_metrics(0, {"loss": 1.0})
    assert writer.finished == 0
    now[0] = 110.0
    writer.add_metrics(1, {"loss": 1.0})
    assert writer.finished == 1
    now[0] = 200.0
    writer.add_metrics(2, {})
    writer.add_metrics(3, {"loss": 1.0})  # the first entry of the next part
    now[0] = 209.0
    writer.add_metrics(4, {"loss": 1.0})
    assert writer.finished == 1


def test_metrics_alone_are_a_recording(tmp_path):
    writer = PartWriter(tmp_path, metadata={"seed": 3}, torch_version="9")
    writer.add_metrics(5, {"loss": 0.5})
    writer.close()
    found = gv.load(tmp_path)
    assert (found["iteration"].item(), found["loss"].item()) == (5, 0.5)
    assert (found.attrs["seed"], found.attrs["torch"]) == (3, "9")
    for write_more in (lambda: writer.add_metrics(6, {"loss": 1.0}), lambda: writer.keep_metrics(6, {})):
        with pytest.raises(ValueError, match=f"the recording in {tmp_path} is closed"):
            write_more()


def test_parts_are_exact_and_the_whole_is_packed(record, tmp_path):
    for steps, packed in ((1, "uint8"), (100, "uint8")):
        writer = PartWriter(tmp_path / str(steps), limits=Limits(steps=steps))
        for step in range(2):
            writer.add(record(step, detail="full"))
        for part in (tmp_path / str(steps) / "parts").iterdir():
            with h5py.File(part) as file:
                assert file["lstm/gates"].dtype == np.float64
        writer.close()
        with h5py.File(tmp_path / str(steps) / "recording.nc") as file:
            assert file["lstm/gates"].dtype == packed


def test_parts_that_have_gone_are_counted(record, tmp_path):
    writer = PartWriter(tmp_path, limits=Limits(steps=1))
    write(writer, record, range(4))
    (tmp_path / "parts" / "part-000001.nc").unlink()
    (tmp_path / "parts" / "part-000002.nc").unlink()
    with pytest.raises(FileNotFoundError, match=f"2 of 4 parts have gone from {tmp_path / 'parts'}"):
        writer.close()


def test_a_folder_that_was_let_go_can_be_gone_on_with(record, tmp_path):
    writer = PartWriter(tmp_path, limits=Limits(steps=1))
    write(writer, record, range(2))
    writer.abandon()
    keep_parts(tmp_path, 1)
    second = PartWriter(tmp_path, finished=1, limits=Limits(steps=1))
    write(second, record, range(1, 3))
    assert parts(tmp_path) == ["part-000000.nc", "part-000001.nc", "part-000002.nc"]
    second.close()
    assert gv.load(tmp_path)["lstm"]["step"].values.tolist() == [0, 1, 2]


def test_a_part_of_another_format_cannot_be_kept(record, tmp_path):
    writer = PartWriter(tmp_path, limits=Limits(steps=1))
    write(writer, record, range(2))
    part = tmp_path / "parts" / "part-000001.nc"
    tree = gv.load(part)
    tree.attrs["gradviz_format"] = 1
    save.write(tree, part)
    keep_parts(tmp_path, 1)
    assert parts(tmp_path) == ["part-000000.nc"]
    save.write(tree, part)
    with pytest.raises(BadRecording, match=r"part-000001\.nc has format 1, and this gradviz writes format 2"):
        keep_parts(tmp_path, 2)


def test_a_file_in_place_of_the_folder(tmp_path):
    (tmp_path / "file").touch()
    for name in ("file", "x.nc"):
        with pytest.raises(FileExistsError, match=f"{tmp_path / name} is a file; recording a training needs"):
            PartWriter(tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_what_a_killed_writer_left_is_removed(tmp_path):
    (tmp_path / "parts").mkdir()
    for name in (".recording.nc.7.tmp", "parts/.part-000000.nc.7.tmp", ".notes.7.tmp"):
        (tmp_path / name).touch()
    PartWriter(tmp_path).close()
    assert [path.name for path in tmp_path.iterdir()] == [".notes.7.tmp"]
    PartWriter(tmp_path / "a" / "b").close()  # folders that are missing are made
    assert (tmp_path / "a" / "b").is_dir()
