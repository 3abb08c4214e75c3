"""Processes that are killed: what a death has lost is found, and where nothing is lost nothing is said."""

import contextlib
import multiprocessing
import os

import pytest
from faults import killed_recordings
from faults.deaths import Life, Moment, live, moment
from faults.killed_recordings import Closing, Recording, lost
from faults.kills import KINDS, shares

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here"),
    pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning"),
]
DIES = Moment(0.6, by_operation=True)


@pytest.fixture(scope="module")
def imported(tmp_path_factory):
    """Everything that a recording imports late is there before a process is forked."""
    killed_recordings.go_on(lambda: None, str(tmp_path_factory.mktemp("imported") / "x"), 1)


@pytest.fixture
def context(monkeypatch, imported):
    monkeypatch.setattr(killed_recordings, "STEPS", 24)
    return multiprocessing.get_context("fork")


@contextlib.contextmanager
def in_place(target):
    """A writer that writes under the final name from the first byte."""
    with open(target, "w+b", buffering=0) as file:
        yield file
        file.flush()
        os.listdir(target.parent)
        with open(target.with_name("other"), "wb"):  # an operation at which the process can die
            pass


def test_a_recording_that_is_killed_loses_nothing(context, tmp_path):
    kind = Recording(context, tmp_path)
    assert kind.usual.exit_code == 0
    assert kind.strike(tmp_path / "killed", DIES).exit_code == -9
    assert kind.judge(tmp_path / "killed") == ""


@pytest.mark.slow
def test_closing_that_is_killed_loses_nothing(context, tmp_path):
    Recording(context, tmp_path)
    kind = Closing(context, tmp_path)
    assert kind.strike(tmp_path / "killed", Moment(0.3, by_operation=True)).exit_code == -9
    assert (tmp_path / "killed" / "parts").exists()
    assert kind.judge(tmp_path / "killed") == ""


@pytest.mark.slow
def test_a_temporary_file_that_stays_is_a_loss(context, tmp_path, monkeypatch):
    """The planted fault: nothing removes what a killed writer has left."""
    kind = Recording(context, tmp_path)
    kind.strike(tmp_path / "killed", DIES)
    (tmp_path / "killed" / "parts").mkdir(exist_ok=True)
    (tmp_path / "killed" / "parts" / ".part-000009.nc.999999999.tmp").write_bytes(b"half")
    monkeypatch.setattr("gradviz.recording.parts.remove_unfinished", lambda *given, **options: None)
    assert "files are left: parts, parts/.part-000009" in kind.judge(tmp_path / "killed")


@pytest.mark.slow
def test_a_part_that_is_cut_or_missing_is_a_loss(context, tmp_path):
    kind = Recording(context, tmp_path)
    kind.strike(tmp_path / "killed", DIES)
    first, *_ = sorted((tmp_path / "killed" / "parts").iterdir())
    whole = first.read_bytes()
    first.write_bytes(whole[:-100])
    assert "a finished part cannot be loaded" in kind.judge(tmp_path / "killed")
    first.unlink()
    assert "steps were loaded" in kind.judge(tmp_path / "killed") or "nothing" in kind.judge(
        tmp_path / "killed"
    )


def test_other_numbers_are_a_loss(context, tmp_path):
    Recording(context, tmp_path)
    os.rename(tmp_path / "recorded", tmp_path / "first")
    assert lost(tmp_path / "first", tmp_path / "first", least=24) == ""
    assert "at least 25" in lost(tmp_path / "first", tmp_path / "first", least=25)


def work(begin, path):
    begin()
    for place in range(4):
        open(f"{path}/{place}", "w").close()


@pytest.mark.parametrize(("share", "made"), [(0.0, 0), (0.5, 2), (0.99, 3)])
def test_a_process_dies_before_the_operation_that_was_chosen(tmp_path, share, made):
    context = multiprocessing.get_context("fork")
    usual = Life(0, 1.0, 4)
    life = live(context, work, (str(tmp_path),), tmp_path, dies=Moment(share, True), usual=usual)
    assert life.exit_code == -9
    assert len(list(tmp_path.iterdir())) == made


def test_every_kind_has_its_share():
    assert sum(shares(200)) == 200
    assert min(shares(len(KINDS))) == 1
    assert shares(200) == [90, 70, 20, 6, 14]


def test_moments_come_from_the_seed():
    import random

    assert moment(random.Random(3)) == moment(random.Random(3))
    assert {moment(random.Random(seed)).by_operation for seed in range(9)} == {True, False}
