"""One writer in a recording's folder."""

import os
import signal
import subprocess
import sys

import pytest
import torch
from torch import nn

import gradviz as gv
from gradviz.errors import BadRecording, FolderIsBusy, GradvizError
from gradviz.recording.parts import Limits, PartWriter
from gradviz.recording.writer_lock import LOCK, WriterLock, is_held_here

HOLD = """
import sys, time, torch, gradviz as gv
rnn = torch.nn.RNN(2, 3)
with gv.record(rnn, path=sys.argv[1]) as tape:
    rnn(torch.ones(4, 1, 2))[0].sum().backward()
    tape.step(1.0)
    print("held", flush=True)
    time.sleep(100)
"""


def train(path, steps=1, **options):
    rnn = nn.RNN(2, 3)
    with gv.record(rnn, path=gv.storage(path, **options)) as tape:
        for _ in range(steps):
            rnn(torch.ones(4, 1, 2))[0].sum().backward()
            tape.step(1.0)


def test_a_second_writer_is_refused_at_once(record, tmp_path):
    first = PartWriter(tmp_path, limits=Limits(steps=1))
    for folder in (tmp_path, str(tmp_path)):
        with pytest.raises(
            FolderIsBusy, match=f"another recording is being written to {tmp_path}"
        ) as refusal:
            PartWriter(folder)
    assert isinstance(refusal.value, FileExistsError)
    assert isinstance(refusal.value, GradvizError)
    first.add(record(0))
    first.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["recording.nc"]
    with pytest.raises(FileExistsError, match="already contains a recording"):
        PartWriter(tmp_path)
    WriterLock(tmp_path).release()  # the refusal left no lock behind


def test_who_looks_whether_it_is_held_does_not_touch_it(tmp_path):
    assert not is_held_here(tmp_path)
    lock = WriterLock(tmp_path)
    before = (tmp_path / LOCK).stat()
    assert is_held_here(tmp_path) == (sys.platform == "linux")
    assert (tmp_path / LOCK).stat() == before
    lock.release()
    assert not is_held_here(tmp_path)
    (tmp_path / LOCK).touch()  # as a killed process leaves it
    assert not is_held_here(tmp_path)


@pytest.mark.slow
def test_another_process_holds_it_until_it_is_killed(tmp_path):
    with subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE) as other:
        assert other.stdout.readline() == b"held\n"
        for append in (False, True):
            with pytest.raises(FolderIsBusy, match="is being written"):
                train(tmp_path, append=append)
        os.kill(other.pid, signal.SIGKILL)
        other.wait()
    train(tmp_path, append=True)
    assert gv.load(tmp_path)["rnn"].sizes["step"] == 1


def test_a_recording_that_is_refused_leaves_no_lock(tmp_path):
    train(tmp_path)
    wrong = nn.RNN(2, 7)
    for _ in range(2):
        with pytest.raises(BadRecording, match="hidden_size"):
            gv.record(wrong, path=gv.storage(tmp_path, append=True))
    train(tmp_path, append=True)
