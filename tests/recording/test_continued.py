"""What a recording on disk must be to go on with it, and that it can be read at every moment."""

import os
import shutil

import numpy as np
import pytest

from gradviz.errors import BadRecording
from gradviz.recording import continued
from gradviz.recording.call_record import CallRecord
from gradviz.recording.continued import continue_recording
from gradviz.recording.load import load, read_file
from gradviz.recording.parts import Limits, PartWriter
from gradviz.recording.save import write

FACTS = {"cell": "lstm", "hidden_size": 4}


def record(step, module="lstm", **attributes):
    values = np.full((1, 1, 3, 2), float(step), dtype=np.float32)
    facts = {"hidden_size": 4, "detail": "norms"} | attributes
    cell = facts.pop("cell", "lstm")
    return CallRecord(step, module, cell, np.arange(2), {"log10_grad_h": values}, 0.0, facts)


def begun(folder, *records, close=True, metadata=None, metrics=()):
    writer = PartWriter(folder, limits=Limits(steps=2), metadata=metadata)
    for each in records:
        writer.add(each)
    for iteration in metrics:
        writer.add_metrics(iteration, {"loss": 1.0})
    if close:
        writer.close()
    else:
        writer.flush()
    return folder


def steps(tree):
    return tree["lstm"]["step"].values.tolist()


@pytest.fixture(scope="module", params=[True, False])
def made_once(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("made") / "a"
    return begun(folder, *map(record, range(3)), metadata={"seed": 1}, close=request.param)


@pytest.mark.parametrize("close", [True, False])
def test_the_next_step_and_the_parts(tmp_path, close):
    folder = begun(tmp_path / "a", *map(record, range(0, 5, 2)), close=close)
    before = load(folder)
    found = continue_recording(folder, {"lstm": FACTS}, detail="norms")
    assert found == (1 if close else 2, 5)
    assert load(folder).identical(before)
    writer = PartWriter(folder, finished=found.finished)
    writer.add(record(5))
    writer.close()
    assert steps(load(folder)) == [0, 2, 4, 5]
    assert not (folder / "parts").exists()


def test_iterations_without_a_record_count(tmp_path):
    folder = begun(tmp_path / "a", record(0), metrics=range(7))
    assert continue_recording(folder, {"lstm": FACTS}, detail="norms").next_step == 7


def test_a_kill_between_the_merge_and_the_removal_of_the_parts(tmp_path):
    folder = begun(tmp_path / "a", *map(record, range(3)))
    (folder / "parts").mkdir()
    write(load(folder), folder / "parts" / "part-000000.nc", compress=False)
    shutil.copy(folder / "parts" / "part-000000.nc", folder / "parts" / "part-000001.nc")
    assert continue_recording(folder, {"lstm": FACTS}, detail="norms") == (1, 3)
    assert [part.name for part in (folder / "parts").iterdir()] == ["part-000000.nc"]
    assert steps(load(folder)) == [0, 1, 2]


def test_a_kill_at_the_move_leaves_one_whole_recording(tmp_path, monkeypatch):
    folder = begun(tmp_path / "a", *map(record, range(3)))
    monkeypatch.setattr(continued.os, "replace", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        continue_recording(folder, {"lstm": FACTS}, detail="norms")
    assert steps(load(folder)) == [0, 1, 2]


def test_an_observed_recurrence_is_nobody_s_module(tmp_path):
    folder = begun(tmp_path / "a", record(0), record(0, "mine", cell="observed"))
    assert continue_recording(folder, {"lstm": FACTS}, detail="norms").next_step == 1


@pytest.mark.parametrize(
    ("modules", "options", "message"),
    [
        ({"gru": FACTS}, {}, r"holds the module 'lstm', which is not recorded now \(gru\)"),
        ({}, {}, r"not recorded now \(none\)"),
        ({"lstm": {"cell": "gru"}}, {}, "has cell = 'lstm' for the module 'lstm', and now it is 'gru'"),
        ({"lstm": {"hidden_size": 5}}, {}, "has hidden_size = 4 for the module 'lstm', and now it is 5"),
        ({"lstm": FACTS}, {"detail": "full"}, "has detail = 'norms' .* and now it is 'full'"),
        ({"lstm": FACTS}, {"metadata": {"seed": 2}}, "'seed' is 1 there, and 2 was given"),
        ({"lstm": FACTS}, {"metadata": {"rate": 2}}, "'rate' is none there, and 2 was given"),
    ],
)
def test_another_recording_is_refused_and_left_as_it_is(made_once, modules, options, message):
    folder = made_once
    before = {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    with pytest.raises(BadRecording, match=message):
        continue_recording(folder, modules, **{"detail": "norms"} | options)
    assert {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()} == before


def test_the_same_metadata_may_be_given_again(tmp_path):
    given = {"seed": 1, "layers": [1, 2]}
    folder = begun(tmp_path / "a", record(0), metadata=given)
    assert continue_recording(folder, {"lstm": FACTS}, detail="norms", metadata=given).next_step == 1


def test_a_former_format_and_a_damaged_file(tmp_path):
    folder = begun(tmp_path / "a", record(0))
    tree = read_file(folder / "recording.nc")
    tree.attrs["gradviz_format"] = 1
    write(tree, folder / "recording.nc")
    with pytest.raises(BadRecording, match="has format 1, and this gradviz writes format 2"):
        continue_recording(folder, {"lstm": FACTS}, detail="norms")
    (folder / "recording.nc").write_bytes(os.urandom(100))
    with pytest.raises(BadRecording, match="is damaged"):
        continue_recording(folder, {"lstm": FACTS}, detail="norms")


def test_a_recording_without_any_step_goes_on_from_0(tmp_path):
    folder = tmp_path / "a"
    PartWriter(folder).abandon()
    write(PartWriter(tmp_path / "b").tree(), folder / "recording.nc")
    assert continue_recording(folder, {}, detail="norms") == (1, 0)
    assert [part.name for part in (folder / "parts").iterdir()] == ["part-000000.nc"]


@pytest.mark.parametrize("close", [True, False])
@pytest.mark.parametrize(
    ("first_step", "kept"),
    [(0, []), (1, [0]), (2, [0]), (3, [0, 2]), (4, [0, 2]), (5, [0, 2, 4]), (9, [0, 2, 4])],
)
def test_going_on_from_an_earlier_step_removes_what_came_after_it(tmp_path, close, first_step, kept):
    folder = begun(tmp_path / "a", *map(record, range(0, 5, 2)), close=close, metrics=range(5))
    before = load(folder)
    found = continue_recording(folder, {"lstm": FACTS}, detail="norms", first_step=first_step)
    assert found.next_step == first_step
    assert found.finished == len(list((folder / "parts").glob("part-*.nc")))
    writer = PartWriter(folder, finished=found.finished)
    writer.add(record(first_step))
    writer.add_metrics(first_step, {"loss": 2.0})
    writer.close()
    after = load(folder)
    assert steps(after) == [*kept, first_step]
    assert after["iteration"].values.tolist() == [*range(min(first_step, 5)), first_step]
    for step in kept:
        assert (
            after["lstm"]["log10_grad_h"]
            .sel(step=step)
            .identical(before["lstm"]["log10_grad_h"].sel(step=step))
        )


def test_a_kill_while_later_steps_are_removed_loses_none_before(tmp_path, monkeypatch):
    folder = begun(tmp_path / "a", *map(record, range(4)))

    def killed(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(continued, "write", killed)
    with pytest.raises(KeyboardInterrupt):
        continue_recording(folder, {"lstm": FACTS}, detail="norms", first_step=2)
    assert steps(load(folder)) == [0, 1, 2, 3]
