"""Workers are copies of a process that has imported torch, where the system can copy one."""

import sys

import pytest

from gradviz.experiment.sweep.local_workers import run_locally
from gradviz.experiment.sweep.worker_start import prepare_workers, worker_context


@pytest.mark.parametrize(
    ("system", "method"), [("linux", "forkserver"), ("darwin", "spawn"), ("win32", "spawn")]
)
def test_how_they_start(monkeypatch, system, method):
    monkeypatch.setattr(sys, "platform", system)
    assert worker_context().get_start_method() == method


def test_without_copies_there_is_nothing_to_prepare(monkeypatch):
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr("multiprocessing.forkserver.ensure_running", lambda: pytest.fail("a server started"))
    prepare_workers()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux copies processes")
def test_a_worker_has_xarray_before_its_first_job():
    prepare_workers()
    ((_, loaded),) = run_locally(["'xarray' in __import__('sys').modules"], workers=1, do=eval)
    assert loaded is True
