"""Workers are copies of a process that has imported torch, where the system can copy one."""

import multiprocessing
import os
import signal
import sys
from pathlib import Path

import pytest
import torch

from gradviz.experiment.config.resolve import resolve
from gradviz.experiment.run.run import run
from gradviz.experiment.sweep.job import Job
from gradviz.experiment.sweep.local_workers import run_locally
from gradviz.experiment.sweep.worker_start import prepare_workers, worker_context

only_linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux copies processes")


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


@pytest.mark.slow
@only_linux
def test_a_worker_has_torch_before_its_first_job():
    prepare_workers()
    ((_, is_there),) = run_locally(["'torch' in __import__('sys').modules"], workers=1, do=eval)
    assert is_there is True
    assert multiprocessing.get_start_method() != "forkserver"  # the process's own is left alone


def killed(job):
    os.kill(os.getpid(), signal.SIGKILL) if job else None
    return job


@only_linux
@pytest.mark.slow
def test_a_worker_that_is_killed_fails_its_job_alone():
    found = dict(run_locally([0, 1, 0, 1, 0], workers=1, do=killed))
    assert found == {0: 0, 2: 0, 4: 0, 1: found[1], 3: found[3]}
    assert found[1] == found[3] == "its worker died (exit code -9)"


def table(seed, cell):
    return {
        "name": "small",
        "seed": seed,
        "task": {"name": "adding", "length": 8},
        "model": {"cell": cell, "hidden_size": 5},
        "training": {"steps": 6, "batch_size": 4},
        "recording": {"every": 2},
    }


def content(folder):
    return [(Path(folder) / name).read_bytes() for name in ("metrics.csv", "recording.nc")]


def test_a_worker_that_has_done_others_gives_the_bits_of_a_new_one(tmp_path):
    tables = [resolve(table(seed, cell)).table() for seed, cell in ((0, "lstm"), (1, "gru"), (0, "lstm"))]
    jobs = [Job(one, str(tmp_path / f"worker-{place}")) for place, one in enumerate(tables)]
    assert {end.outcome for _, end in run_locally(jobs, workers=1)} == {"done"}
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        run(resolve(tables[0]), tmp_path / "here")
    finally:
        torch.set_num_threads(threads)
    first, other, again = (content(job.folder) for job in jobs)
    assert first == again == content(tmp_path / "here")
    assert other != first
