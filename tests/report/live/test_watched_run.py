"""A watched run is seen in every state that it can be in, and is never touched."""

import itertools
import os
import shutil
import subprocess
import sys
import time

import numpy as np
import pytest
from report.live.written import part_writer, resumed, steps_of, write_part

from gradviz.recording.file_names import part_file
from gradviz.report.live import watched_run as module
from gradviz.report.live.watched_run import WatchedRun


@pytest.fixture
def run(tmp_path):
    return tmp_path / "run"


def watched(run):
    """Looks whenever it is asked to, since ten seconds pass between any two."""
    return WatchedRun(run, clock=itertools.count(step=10.0).__next__)


def test_from_the_first_part_to_the_end_and_on(run):
    watch = watched(run)
    seen = watch.look()
    assert (seen.version, seen.status, seen.data) == (0, "waiting", None)
    assert seen.words == f"Waiting for the first part: {run} does not exist yet."
    writer = part_writer(run)
    assert watch.look().words == f"Waiting for the first part: {run} holds no part yet."

    write_part(writer, range(3))
    seen = watch.look()
    assert (seen.version, seen.status, steps_of(seen)) == (1, "live", [0, 1, 2])
    assert seen.words.startswith("Live at training step 2; the last part came at ")
    assert watch.look() == seen
    write_part(writer, range(3, 5))
    seen = watch.look()
    assert (seen.version, seen.status, steps_of(seen)) == (2, "live", [0, 1, 2, 3, 4])
    np.testing.assert_array_equal(seen.data.runs[0].curves["loss"].values.values, 1 / np.arange(1.0, 6))

    writer.abandon()
    seen = watch.look()
    assert (seen.version, seen.status) == (2, "stopped")
    assert seen.words == "The training has stopped at training step 4; if it goes on, so does this page."

    writer = resumed(run)
    write_part(writer, [5])
    seen = watch.look()
    assert (seen.version, seen.status, steps_of(seen)) == (3, "live", [0, 1, 2, 3, 4, 5])
    writer.close()
    seen = watch.look()
    assert (seen.version, seen.status) == (4, "ended")
    assert seen.words == "The run has ended at training step 5."
    assert steps_of(seen) == [0, 1, 2, 3, 4, 5]

    write_part(resumed(run), [6])
    assert watch.look().status == "live"
    assert steps_of(watch.look()) == [0, 1, 2, 3, 4, 5, 6]


def test_what_was_seen_outlives_the_run(run):
    watch = watched(run)
    part_writer(run, range(3)).close()
    before = watch.look()
    shutil.rmtree(run)
    seen = watch.look()
    assert (seen.version, seen.status) == (1, "deleted")
    assert seen.words == "The run was deleted; what was seen last stays."
    assert seen.data is before.data
    writer = part_writer(run)
    assert watch.look().words.startswith("The run begins anew; what was seen last stays")
    write_part(writer, range(2))
    seen = watch.look()
    assert (seen.version, seen.status, steps_of(seen)) == (2, "live", [0, 1])


def test_a_run_that_is_just_being_deleted_does_not_shrink(run):
    watch = watched(run)
    part_writer(run, range(3), range(3, 5), [5])
    watch.look()
    part_file(run, 0).unlink()
    assert steps_of(watch.look()) == [0, 1, 2, 3, 4, 5]
    part_file(run, 1).unlink()
    assert steps_of(watch.look()) == [0, 1, 2, 3, 4, 5]
    shutil.rmtree(run)
    seen = watch.look()
    assert (seen.status, seen.version, steps_of(seen)) == ("deleted", 1, [0, 1, 2, 3, 4, 5])


def test_parts_that_a_resumed_run_takes_back_are_gone_at_the_second_look(run):
    watch = watched(run)
    part_writer(run, range(3), range(3, 5))
    watch.look()
    part_file(run, 1).unlink()
    watch.look()
    assert steps_of(watch.look()) == [0, 1, 2]


def test_nothing_is_written_and_no_lock_is_taken(run):
    writer = part_writer(run, range(3))
    before = {path: path.stat().st_mtime_ns for path in [run, *run.rglob("*")]}
    watch = watched(run)
    watch.look()
    assert {path: path.stat().st_mtime_ns for path in [run, *run.rglob("*")]} == before
    write_part(writer, range(3, 5))  # the writer goes on under the watcher's eyes
    watch.look()
    writer.close()
    assert watch.look().status == "ended"


def test_a_run_that_is_moved_while_it_is_read_is_read_at_the_next_look(run, monkeypatch):
    writer = part_writer(run, range(3))
    page_data = module.page_data

    def closed_meanwhile(trees, **options):
        writer.close()
        return page_data(trees, **options)

    watch = watched(run)
    monkeypatch.setattr(module, "page_data", closed_meanwhile)
    assert watch.look().version == 0
    monkeypatch.undo()
    seen = watch.look()
    assert (seen.version, seen.status, steps_of(seen)) == (1, "ended", [0, 1, 2])


def test_nothing_is_read_twice(run, monkeypatch):
    writer = part_writer(run, range(3))
    made, page_data = [], module.page_data
    monkeypatch.setattr(module, "page_data", lambda *a, **o: made.append(1) or page_data(*a, **o))
    watch = watched(run)
    for _ in range(5):
        watch.look()
    assert len(made) == 1
    writer.close()
    for _ in range(5):
        watch.look()
    assert len(made) == 2


def test_it_looks_and_reads_only_so_often(run, monkeypatch):
    now, used = [0.0], itertools.count(step=2.0)
    monkeypatch.setattr(module.time, "process_time", used.__next__)  # reading takes 2 s
    watch = WatchedRun(run, clock=lambda: now[0])
    assert watch.look().version == 0
    writer = part_writer(run, range(3))
    now[0] = 0.4
    assert watch.look().version == 0
    now[0] = 0.6
    assert watch.look().version == 1
    write_part(writer, range(3, 5))
    now[0] = 6.5
    assert watch.look().version == 1
    now[0] = 7.1
    assert watch.look().version == 2


def test_a_file_that_cannot_be_read_is_said_and_left_alone(run, monkeypatch):
    run.mkdir()
    (run / "recording.nc").write_bytes(b"no recording")
    made, page_data = [], module.page_data
    monkeypatch.setattr(module, "page_data", lambda *a, **o: made.append(1) or page_data(*a, **o))
    watch = watched(run)
    statuses = [watch.look().status for _ in range(8)]
    assert statuses == ["waiting"] * 4 + ["unreadable"] * 4
    assert watch.look().words == "The recording cannot be read: none of the 1 files can be read"
    (run / "recording.nc").unlink()
    part_writer(run, range(3))
    seen = watch.look()
    assert (seen.status, seen.version) == ("live", 1)


def test_a_damaged_part_is_named(run):
    part_writer(run, range(3), range(3, 5))
    part_file(run, 1).write_bytes(b"damaged")
    seen = watched(run).look()
    assert seen.words.endswith("part-000001.nc cannot be read and is left out.")
    assert steps_of(seen) == [0, 1, 2]


def test_a_broken_part_is_none_that_came(run):
    writer = part_writer(run, range(3))
    os.utime(part_file(run, 0), (0, 0))
    watch = watched(run)
    before = watch.look().words
    assert time.strftime("at %H:%M:%S on %Y-%m-%d.", time.localtime(0)) in before
    part_file(run, 1).write_bytes(b"damaged")
    assert watch.look().words == f"{before} part-000001.nc cannot be read and is left out."
    writer.abandon()


def test_that_no_part_comes_is_said_every_five_minutes(run):
    now = [1000.0]
    watch = WatchedRun(run, clock=lambda: now[0])
    writer = part_writer(run, range(3))

    def words(at):
        now[0] = 1000.0 + at
        return watch.look().words.rpartition("the last part")[0]

    assert words(0) == words(299) == "Live at training step 2; "
    assert words(300) == words(599) == "Live at training step 2; no part for 5 minutes, "
    assert words(3700) == "Live at training step 2; no part for 60 minutes, "
    part_file(run, 1).write_bytes(b"damaged")
    assert words(3800) == "Live at training step 2; no part for 60 minutes, "
    part_file(run, 1).unlink()
    write_part(writer, range(3, 5))
    assert words(4000) == words(4299) == "Live at training step 4; "
    assert words(4300) == "Live at training step 4; no part for 5 minutes, "


def test_a_part_that_was_there_before_the_first_look_has_its_own_age(run):
    now = [1000.0]
    watch = WatchedRun(run, clock=lambda: now[0])
    writer = part_writer(run, range(3))
    os.utime(part_file(run, 0), (time.time() - 60 * 60 * 7, time.time() - 60 * 60 * 7))
    assert watch.look().words.startswith("Live at training step 2; no part for 7 hours, ")
    write_part(writer, range(3, 5))
    now[0] += 10
    assert watch.look().words.startswith("Live at training step 4; the last part came at ")
    writer.abandon()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells who holds a lock")
def test_a_writer_of_this_machine_that_was_killed_is_told_at_once(run):
    source = (
        "import sys; from report.live.written import *; writer = part_writer(Path(sys.argv[1]), range(3))"
    )
    held = f"from pathlib import Path; {source}; print('held', flush=True); sys.stdin.read()"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        [sys.executable, "-c", held, str(run)], stdin=-1, stdout=subprocess.PIPE, env=environment
    ) as other:
        assert other.stdout.readline() == b"held\n"
        watch = watched(run)
        assert watch.look().status == "live"
        other.kill()
    seen = watch.look()
    assert (seen.status, steps_of(seen)) == ("stopped", [0, 1, 2])
    assert seen.words == (
        "The training was killed, or ended without closing its recording at training step 2; if it goes on, "
        "so does this page."
    )
    writer = resumed(run)
    write_part(writer, [3])
    assert watch.look().status == "live"
    writer.close()
    assert watch.look().status == "ended"


def test_a_writer_that_is_not_seen_here_may_go_on(run, monkeypatch):
    """As on another machine, and after one of this machine was killed."""
    now, here = [1000.0], [True]
    monkeypatch.setattr(module, "is_held_here", lambda folder: here[0])
    watch = WatchedRun(run, clock=lambda: now[0])
    writer = part_writer(run, range(3))
    assert watch.look().status == "live"
    here[0], now[0] = False, 1001.0
    assert watch.look().status == "stopped"
    write_part(writer, [3])
    now[0] = 1100.0
    assert watch.look().status == "live"
    writer.abandon()


def test_a_file(run):
    part_writer(run, range(3)).close()
    seen = watched(run / "recording.nc").look()
    assert (seen.status, steps_of(seen)) == ("ended", [0, 1, 2])
