"""A write error costs nothing while there is memory, is told once, and is tried again ever more rarely."""

import errno
import os

import numpy as np
import pytest

from gradviz.recording.call_record import CallRecord
from gradviz.recording.lenient_writer import FIRST_WAIT, LONGEST_WAIT, MOST_IN_MEMORY, LenientWriter
from gradviz.recording.load import load
from gradviz.recording.parts import Limits, PartWriter


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


class Disk:
    """Counts the attempts to write, and fails while it is full."""

    def __init__(self, monkeypatch):
        self.is_full, self.attempts = False, 0
        native = os.fsync
        self._native = native
        monkeypatch.setattr(os, "fsync", self._write)

    def _write(self, descriptor):
        self.attempts += 1
        if self.is_full:
            raise OSError(errno.ENOSPC, "No space left on device")
        self._native(descriptor)


def record(step, module="lstm", size=8):
    values = np.full((1, 1, size, 2), float(step), dtype=np.float32)
    return CallRecord(step, module, "lstm", np.arange(2), {"log10_grad_h": values}, 0.0)


@pytest.fixture
def disk(monkeypatch):
    return Disk(monkeypatch)


@pytest.fixture
def made(tmp_path):
    clock, said = Clock(), []
    writer = PartWriter(tmp_path / "mine", limits=Limits(steps=2), clock=clock)
    return LenientWriter(
        writer, said.append, most_in_memory=20 * record(0).variables["log10_grad_h"].nbytes
    ), (
        clock,
        said,
    )


def steps(tree):
    return tree["lstm"]["step"].values.tolist()


def test_without_an_error_it_is_a_part_writer(made, tmp_path):
    sink, (_, said) = made
    for step in range(5):
        sink.add(record(step))
        sink.add_metrics(step, {"loss": step})
    sink.close()
    tree = load(tmp_path / "mine")
    assert steps(tree) == [0, 1, 2, 3, 4]
    assert tree["loss"].values.tolist() == [0, 1, 2, 3, 4]
    assert not said


def test_a_full_disk_is_told_once_and_everything_is_kept_and_written_later(made, disk, tmp_path):
    sink, (clock, said) = made
    for step in range(9):
        disk.is_full = 3 <= step < 7
        sink.add(record(step))
        sink.add(record(step, "other"))
        sink.add_metrics(step, {"loss": step})
        clock.now += 4
    assert steps(sink.tree()) == list(range(9))
    assert len(said) == 1
    assert "cannot be written to" in said[0]
    assert "No space left on device" in said[0]
    sink.close()
    assert len(said) == 1
    tree = load(tmp_path / "mine")
    assert steps(tree) == list(range(9))
    assert tree["other"]["step"].values.tolist() == list(range(9))
    np.testing.assert_array_equal(tree["lstm"]["log10_grad_h"].values[:, 0, 0, 0, 0], np.arange(9))
    assert tree["loss"].values.tolist() == list(range(9))


def test_it_is_tried_again_ever_more_rarely(made, disk):
    sink, (clock, said) = made
    disk.is_full = True
    sink.add(record(0))
    sink.add(record(1))
    attempts = []
    for _ in range(4000):
        clock.now += 1
        before = disk.attempts
        sink.add_metrics(int(clock.now), {"loss": 0})
        attempts += [clock.now] * (disk.attempts - before)
    assert (
        np.diff(attempts).tolist() == [10, 20, 40, 80, 160, 320, 600, 600, 600, 600, 600][: len(attempts) - 1]
    )
    assert len(said) == 1


def test_what_does_not_fit_into_memory_is_left_out_and_counted(made, disk, tmp_path):
    sink, (_, said) = made
    disk.is_full = True
    for step in range(30):
        sink.add(record(step))
        sink.add_metrics(step, {"loss": step})
    assert steps(sink.tree()) == list(range(21))
    disk.is_full = False
    sink.close()
    assert len(said) == 2
    assert "mine lacks 9 recorded steps, which did not fit into memory" in said[1]
    tree = load(tmp_path / "mine")
    assert steps(tree) == list(range(21))
    assert tree["loss"].values.tolist() == list(range(30))


@pytest.mark.parametrize("count", [1, 5])
def test_a_disk_that_stays_full_at_the_end(made, disk, tmp_path, count):
    sink, (_, said) = made
    for step in range(count):
        sink.add(record(step))
        disk.is_full = disk.attempts > 0  # the first part still finds room
    disk.is_full = True
    sink.close()
    assert "could not be completed" in said[-1]
    assert "only in memory, and tape.save(path)" in said[-1]
    assert "did not fit into memory" not in said[-1]
    assert steps(sink.tree()) == list(range(count))
    if count > 1:
        assert steps(load(tmp_path / "mine")) == [0, 1]
    disk.is_full = False
    sink.close()
    assert steps(load(tmp_path / "mine")) == list(range(count))


def test_parts_that_have_gone_are_told_at_the_end(made, tmp_path):
    sink, (_, said) = made
    for step in range(5):
        sink.add(record(step))
    for part in (tmp_path / "mine" / "parts").iterdir():
        part.unlink()
    sink.close()
    assert len(said) == 1
    assert "have gone from" in said[0]


def test_a_part_that_was_damaged_on_disk_is_told_at_the_end(made, tmp_path):
    sink, (_, said) = made
    for step in range(5):
        sink.add(record(step))
    (tmp_path / "mine" / "parts" / "part-000000.nc").write_bytes(b"nothing")
    sink.close()
    assert len(said) == 1
    assert "part-000000.nc is damaged" in said[0]


def test_what_does_not_fit_the_vocabulary_is_still_an_error(made):
    sink, _ = made
    sink.add(record(0))
    with pytest.raises(ValueError, match="recorded twice"):
        sink.add(record(0))


def test_the_documented_limits():
    assert MOST_IN_MEMORY == 512 * 2**20  # as `gradviz.storage` says
    assert (FIRST_WAIT, LONGEST_WAIT) == (10.0, 600.0)


def test_after_a_success_the_wait_is_short_again(made, disk):
    sink, (clock, said) = made
    attempts = []
    for second in range(150):
        clock.now = float(second)
        disk.is_full = not 70 <= second < 80
        before = disk.attempts
        sink.add(record(second))
        if disk.is_full and disk.attempts > before:
            attempts.append(second)
    before, after = ([place for place in attempts if (place >= 80) is late] for late in (False, True))
    assert before == [2, 12, 32]
    assert np.diff(after).tolist() == [10, 20]
    assert len(said) == 1


def test_a_step_of_which_a_part_did_not_fit_is_left_out_from_there(made, disk):
    sink, (clock, said) = made
    disk.is_full = True
    for step in range(21):
        sink.add(record(step))
    sink.add(record(21, size=1))  # small, but there is no room any more
    disk.is_full, clock.now = False, 10.0
    sink.add(record(21, "other"))  # of a step that was left out
    sink.add(record(22))
    assert steps(sink.tree()) == [*range(21), 22]
    assert "other" not in sink.tree().children
    disk.is_full = True
    sink.close()
    assert said[-1].endswith("; 1 recorded step did not fit into memory")
    disk.is_full = False
    sink.close()
    assert "lacks 1 recorded step, which" in said[-1]


def test_it_says_where_it_writes_and_what_waits(tmp_path):
    writer = LenientWriter(PartWriter(tmp_path / "mine"), print)
    assert (writer.folder, writer.nbytes) == (tmp_path / "mine", 0)
    writer.add(record(0))
    assert writer.nbytes == 8 * 2 * 4
    writer.close()
    assert writer.nbytes == 0
