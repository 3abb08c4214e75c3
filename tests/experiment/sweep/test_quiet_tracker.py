"""Semaphores of a process that is killed are removed without a word."""

import os
import subprocess
import sys
from multiprocessing import resource_tracker
from pathlib import Path

import pytest

from gradviz.experiment.sweep import quiet_tracker
from gradviz.experiment.sweep.quiet_tracker import start_quiet_tracker

KILLED = """
import os, signal
from gradviz.experiment.sweep.worker_start import worker_context
lock = worker_context().Lock()
print(lock._semlock.name, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="semaphores have files on Linux only")
def test_after_kill_9_nothing_is_said_and_nothing_is_left():
    done = subprocess.run([sys.executable, "-c", KILLED], capture_output=True, text=True, check=False)
    assert done.returncode == -9
    assert done.stderr == ""
    assert done.stdout.startswith("/mp-")
    assert not Path(f"/dev/shm/sem.{done.stdout.strip()[1:]}").exists()


@pytest.mark.parametrize("given", [None, "default"])
def test_warnings_of_other_processes_stay_as_they_are(monkeypatch, given):
    seen = []
    monkeypatch.setattr(resource_tracker, "ensure_running", lambda: seen.append(os.environ["PYTHONWARNINGS"]))
    if given is None:
        monkeypatch.delenv("PYTHONWARNINGS", raising=False)
    else:
        monkeypatch.setenv("PYTHONWARNINGS", given)
    start_quiet_tracker()
    assert os.environ.get("PYTHONWARNINGS") == given
    assert seen == ["default,ignore:resource_tracker" if given else "ignore:resource_tracker"]


def test_where_there_is_none_nothing_is_started(monkeypatch):
    monkeypatch.setattr(quiet_tracker.sys, "platform", "win32")
    monkeypatch.setattr(resource_tracker, "ensure_running", lambda: pytest.fail("it was started"))
    start_quiet_tracker()
