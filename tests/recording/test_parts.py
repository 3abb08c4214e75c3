"""A recording written in parts during training."""

import errno
import json
import os
import signal
import subprocess
import sys

import pytest
import xarray as xr
from recording.written_parts import parts, write

import gradviz as gv
from gradviz.errors import BadRecording
from gradviz.recording import parts as parts_module
from gradviz.recording.load import read_file
from gradviz.recording.parts import Limits, PartWriter, keep_parts
from gradviz.recording.writer_lock import LOCK


def test_a_part_is_finished_after_so_many_steps(record, tmp_path):
    writer = PartWriter(tmp_path, limits=Limits(steps=2))
    write(writer, record, range(5))
    assert parts(tmp_path) == ["part-000000.nc", "part-000001.nc"]
    assert gv.load(tmp_path)["lstm"]["step"].values.tolist() == [0, 1, 2, 3]
    assert writer.tree()["lstm"]["step"].values.tolist() == [0, 1, 2, 3, 4]
    writer.close()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["recording.nc"]
    tree = gv.load(tmp_path)
    assert tree["lstm"]["step"].values.tolist() == [0, 1, 2, 3, 4]
    assert tree["loss"].values.tolist() == [0, 1, 2, 3, 4]
    writer.close()


def test_all_modules_and_calls_of_a_step_are_in_one_part(record, tmp_path):
    writer = PartWriter(tmp_path, limits=Limits(steps=1))
    for step in range(2):
        for name, call in (("lstm", 0), ("lstm", 1), ("gru", 0)):
            writer.add(record(step, module=name, call=call))
            assert len(parts(tmp_path)) == step  # the step before is written when the next one begins
    assert list(gv.load(tmp_path).children) == ["lstm", "gru"]


def test_a_part_is_finished_after_so_many_bytes(record, tmp_path):
    writer = PartWriter(tmp_path, limits=Limits(nbytes=1))
    write(writer, record, range(3))
    assert len(parts(tmp_path)) == 3


def test_a_part_is_finished_after_ten_seconds(record, tmp_path):
    now = [0.0]
    writer = PartWriter(tmp_path, clock=lambda: now[0])
    write(writer, record, [0])
    now[0] = 9.9
    write(writer, record, [1])
    assert parts(tmp_path) == []
    now[0] = 10.0
    write(writer, record, [2])
    assert len(parts(tmp_path)) == 1


def test_default_limits():
    assert Limits() == (128, 64 * 2**20, 10.0)


def test_an_existing_recording_is_refused(record, tmp_path):
    writer = PartWriter(tmp_path, limits=Limits(steps=1))
    write(writer, record, [0])
    with pytest.raises(FileExistsError, match="another recording is being written"):
        PartWriter(tmp_path)
    writer.close()
    with pytest.raises(FileExistsError, match=r"choose another path, load it with gv\.load"):
        PartWriter(tmp_path)
    with pytest.raises(FileExistsError, match="is a file; recording a training needs a folder"):
        PartWriter(tmp_path / "x.nc")
    with pytest.raises(ValueError, match="is closed"):
        writer.add(record(9))


def test_a_full_disk_loses_nothing_that_was_there(record, tmp_path, monkeypatch):
    writer = PartWriter(tmp_path, limits=Limits(steps=2))
    write(writer, record, range(3))
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(errno.ENOSPC, "No space left")))
        with pytest.raises(OSError, match="No space left"):
            write(writer, record, [3])
    assert parts(tmp_path) == ["part-000000.nc"]
    writer.close()
    assert gv.load(tmp_path)["lstm"]["step"].values.tolist() == [0, 1, 2, 3]


def test_a_recording_without_parts_is_written_once(record, tmp_path, monkeypatch):
    written = []
    replace = os.replace
    monkeypatch.setattr(os, "replace", lambda a, b: (written.append(os.fspath(b)), replace(a, b)))
    monkeypatch.setattr(parts_module, "read_file", lambda _: pytest.fail("read again"))
    writer = PartWriter(tmp_path / "run")
    write(writer, record, range(3))
    expected = writer.tree()
    writer.close()
    assert written == [str(tmp_path / "run" / "recording.nc")]
    assert [p.name for p in (tmp_path / "run").iterdir()] == ["recording.nc"]
    found = gv.load(tmp_path / "run")
    for name in ("/", "lstm"):
        xr.testing.assert_identical(
            found[name].to_dataset(inherit=False), expected[name].to_dataset(inherit=False)
        )
    monkeypatch.undo()
    assert writer.tree()["lstm"]["step"].values.tolist() == [0, 1, 2]


def test_nothing_recorded_writes_nothing(tmp_path):
    PartWriter(tmp_path).close()
    assert not list(tmp_path.iterdir())


def test_a_full_disk_at_close_loses_nothing(record, tmp_path, monkeypatch):
    writer = PartWriter(tmp_path)
    write(writer, record, range(2))
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(OSError(errno.ENOSPC, "No space left")))
        with pytest.raises(OSError, match="No space left"):
            writer.close()
    assert sorted(p.name for p in tmp_path.iterdir()) == [LOCK, "parts"]
    assert writer.tree()["lstm"]["step"].values.tolist() == [0, 1]
    writer.close()
    assert gv.load(tmp_path)["lstm"]["step"].values.tolist() == [0, 1]


@pytest.mark.parametrize("finished", [False, True])
def test_another_writer_in_the_folder_is_not_overwritten(record, tmp_path, finished):
    first = PartWriter(tmp_path)
    (tmp_path / LOCK).unlink()  # as somebody may, who takes it for a leftover
    second = PartWriter(tmp_path)
    write(first, record, range(3))
    first.close() if finished else first.flush()
    write(second, record, range(1))
    with pytest.raises(FileExistsError, match="another recording is being written"):
        second.close()
    assert gv.load(tmp_path)["lstm"]["step"].values.tolist() == [0, 1, 2]
    assert second.tree()["lstm"]["step"].values.tolist() == [0]


# One process imports what is needed and forks a child for every death.
DYING = """
import json, os, signal, sys
import dask.array, h5netcdf
import numpy as np
from gradviz.recording.call_record import CallRecord
from gradviz.recording.parts import Limits, PartWriter


def dying(real, when, calls):
    def deadly(*args):
        nonlocal calls
        calls -= 1
        if calls:
            return real(*args)
        if when == "after":
            real(*args)
        os.kill(os.getpid(), signal.SIGKILL)
    return deadly


def record(folder, call, when, calls, limit):
    writer = PartWriter(folder, limits=Limits(steps=limit))
    for step in range(8):
        states = {"state_h": np.full((1, 1, 4, 2), step)}
        writer.add(CallRecord(step, "rnn", "rnn", np.arange(2), states, 0.0))
        writer.add_metrics(step, {"loss": step})
    setattr(os, call, dying(getattr(os, call), when, calls))
    if call == "abort":
        os.abort()
    writer.close()


for place, death in enumerate(json.loads(sys.argv[2])):
    child = os.fork()
    if not child:
        record(os.path.join(sys.argv[1], str(place)), *death)
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""

# The call in which the process dies, before or after it, and its number among the calls that `close` makes
# (``abort``: before `close`); the steps of a part; the steps that are left.
DEATHS = [
    ("abort", "before", 1, 3, 6),
    ("fsync", "before", 1, 100, 0),
    ("replace", "before", 1, 100, 0),
    ("replace", "after", 1, 100, 8),
    ("replace", "before", 1, 3, 6),
    ("replace", "after", 1, 3, 8),
    ("replace", "before", 2, 3, 8),
    ("unlink", "before", 1, 3, 8),
    ("unlink", "after", 3, 3, 8),  # the first two calls are for temporary files that are gone
]


@pytest.fixture(scope="module")
def killed(tmp_path_factory):
    """The folders of the processes that were killed, in the order of `DEATHS`."""
    folder = tmp_path_factory.mktemp("killed")
    script = [sys.executable, "-c", DYING, str(folder), json.dumps([death[:-1] for death in DEATHS])]
    done = subprocess.run(script, capture_output=True, text=True, check=True)
    assert done.stdout.split() == [str(-signal.SIGKILL.value)] * len(DEATHS), done.stderr
    return [folder / str(place) for place in range(len(DEATHS))]


@pytest.mark.parametrize("place", range(len(DEATHS)), ids=lambda place: "-".join(map(str, DEATHS[place])))
def test_kill_9_loses_the_open_part_at_most(killed, place):
    left = DEATHS[place][-1]
    if left:
        tree = gv.load(killed[place])
        assert tree["rnn"]["step"].values.tolist() == list(range(left))
        assert tree["rnn"]["state_h"].values[left - 1].max() == left - 1
    else:
        with pytest.raises(BadRecording, match="contains no recording"):
            gv.load(killed[place])


def test_a_part_cut_in_half_is_left_out_with_a_warning(record, tmp_path):
    writer = PartWriter(tmp_path, limits=Limits(steps=1))
    write(writer, record, range(3))
    middle = tmp_path / "parts" / "part-000001.nc"
    middle.write_bytes(middle.read_bytes()[:1000])
    with pytest.warns(UserWarning, match=r"left out a part that cannot be read: .*part-000001\.nc"):
        tree = gv.load(tmp_path)
    assert tree["lstm"]["step"].values.tolist() == [0, 2]


@pytest.mark.filterwarnings("ignore:left out a part")
def test_when_no_part_can_be_read(record, tmp_path):
    writer = PartWriter(tmp_path, limits=Limits(steps=1))
    write(writer, record, range(1))
    (tmp_path / "parts" / "part-000000.nc").write_bytes(b"")
    with pytest.raises(BadRecording, match="none of the 1 parts"):
        gv.load(tmp_path)


def recorded(folder, name="lstm"):
    return gv.load(folder)[name].to_dataset(inherit=False)


@pytest.mark.parametrize("cut", [0, 2])
def test_continued_after_the_kept_parts_the_recording_is_the_same(record, tmp_path, cut):
    whole = PartWriter(tmp_path / "whole")
    write(whole, record, range(4))
    whole.close()

    first = PartWriter(tmp_path / "cut", limits=Limits(steps=2))
    write(first, record, range(3))
    first.flush()
    (tmp_path / "cut" / "parts" / ".part-000009.nc.1.tmp").touch()
    assert first.finished == 2
    keep_parts(tmp_path / "cut", cut // 2)
    assert len(parts(tmp_path / "cut")) == cut // 2
    (tmp_path / "cut" / LOCK).unlink()  # the first writer was killed
    second = PartWriter(tmp_path / "cut", finished=cut // 2)
    write(second, record, range(cut, 4))
    second.close()
    xr.testing.assert_identical(recorded(tmp_path / "cut"), recorded(tmp_path / "whole"))
    assert [p.name for p in (tmp_path / "cut").iterdir()] == ["recording.nc"]


def test_packing_does_not_depend_on_where_a_part_ends(record, tmp_path):
    for folder, limit in (("whole", 100), ("cut", 1)):
        writer = PartWriter(tmp_path / folder, limits=Limits(steps=limit))
        for step in range(3):
            one = record(step, detail="full")
            one.variables["gates"][:] *= 1.0 + step  # above 1 from the second step on, as relu units can be
            writer.add(one)
        writer.close()
    xr.testing.assert_identical(recorded(tmp_path / "cut"), recorded(tmp_path / "whole"))


def test_a_part_that_is_missing_or_damaged_cannot_be_kept_and_nothing_is_removed(record, tmp_path):
    writer = PartWriter(tmp_path, limits=Limits(steps=1))
    write(writer, record, range(3))
    with pytest.raises(BadRecording, match=r"part-000003\.nc is missing"):
        keep_parts(tmp_path, 4)
    damaged = tmp_path / "parts" / "part-000000.nc"
    damaged.write_bytes(damaged.read_bytes()[:1000])
    with pytest.raises(BadRecording, match=r"part-000000\.nc is damaged"):
        keep_parts(tmp_path, 2)
    assert len(parts(tmp_path)) == 3


@pytest.mark.parametrize("detail", ["norms", "full"])
def test_one_small_part_is_closed_as_if_it_had_been_read_again(record, tmp_path, monkeypatch, detail):
    def closed(folder):
        writer = PartWriter(folder, metadata={"lag": 4, "notes": ["a", 1.5]})
        for step in range(3):
            for call in range(step + 1):  # a dim that is not in every step
                writer.add(record(step, detail=detail, fill=float("nan") if step == 1 else None, call=call))
            writer.add_metrics(step, {"loss": float(step)})
        writer.flush()
        writer.close()
        return (folder / "recording.nc").read_bytes()

    reads = []
    monkeypatch.setattr(parts_module, "read_file", lambda *a, **b: reads.append(a) or read_file(*a, **b))
    from_memory = closed(tmp_path / "memory")
    assert reads == []
    monkeypatch.setattr(parts_module, "AT_ONCE", -1)
    assert closed(tmp_path / "disk") == from_memory
    assert len(reads) == 1


def test_a_part_is_not_kept_in_memory_when_another_follows(record, tmp_path):
    writer = PartWriter(tmp_path)
    write(writer, record, [0])
    writer.flush()
    assert writer._only is not None
    write(writer, record, [1])
    writer.flush()
    assert writer._only is None
    writer.close()
    assert gv.load(tmp_path)["lstm"]["step"].values.tolist() == [0, 1]
