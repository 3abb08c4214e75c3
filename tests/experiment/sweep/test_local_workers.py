"""Local workers: a job that fails does not affect the others."""

import math
import os
import signal
import subprocess
import sys
import time

import pytest

from gradviz.experiment.sweep.local_workers import run_locally


def test_results_and_exceptions_by_index():
    found = dict(run_locally([4.0, -1.0, 9.0], workers=2, do=math.sqrt))
    assert found == {0: 2.0, 1: found[1], 2: 3.0}
    assert found[1].startswith("ValueError: ")


def test_a_worker_that_dies_fails_its_job_alone():
    found = dict(run_locally([3, 4], workers=1, do=os._exit))
    assert found == {0: "its worker died (exit code 3)", 1: "its worker died (exit code 4)"}


def test_a_job_that_takes_too_long_is_stopped_alone():
    began = time.monotonic()
    found = dict(run_locally([0.0, 60.0, 0.0], workers=1, timeout=3.0, do=time.sleep))
    assert found == {0: None, 1: "it took longer than 3 s", 2: None}
    assert time.monotonic() - began < 50


def test_closing_the_iterator_stops_the_workers():
    running = run_locally([0.0, 600.0], workers=2, do=time.sleep)
    assert next(running) == (0, None)
    running.close()
    with pytest.raises(StopIteration):
        next(running)


def say_and_sleep(folder):
    (folder / str(os.getpid())).touch()
    time.sleep(600)


def sweep_into(folder):
    list(run_locally([folder], workers=1, do=say_and_sleep))


def is_running(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no SIGKILL")
def test_the_workers_end_when_their_sweep_is_killed(tmp_path):
    code = f"from pathlib import Path; from {__name__} import sweep_into; sweep_into(Path({str(tmp_path)!r}))"
    with subprocess.Popen(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {os.path.dirname(__file__)!r}); {code}"]
    ) as sweep:
        while not (found := list(tmp_path.iterdir())):
            assert sweep.poll() is None
            time.sleep(0.05)
        sweep.kill()
    (worker,) = (int(path.name) for path in found)
    for _ in range(600):
        if not is_running(worker):
            return
        time.sleep(0.05)
    os.kill(worker, signal.SIGKILL)
    pytest.fail("the worker outlived its sweep")
