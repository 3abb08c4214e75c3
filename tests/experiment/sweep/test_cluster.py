"""A dask cluster: in this process, and with real processes, one of which is killed."""

import os
import signal
import subprocess
import sys
import time

import pytest

from gradviz.experiment.config.resolve import resolve
from gradviz.experiment.run.result import read_result
from gradviz.experiment.sweep import cluster as cluster_module
from gradviz.experiment.sweep.cluster import NoCluster, run_on_cluster
from gradviz.experiment.sweep.grid import Point, folder_of
from gradviz.experiment.sweep.job import Job
from gradviz.experiment.sweep.sweep import sweep

distributed = pytest.importorskip("distributed")

WORKERS = 2


@pytest.fixture
def cluster(tmp_path):
    """Address of a scheduler, and its workers' processes."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": tmp_path}
    file = tmp_path / "scheduler.json"
    common = ["--scheduler-file", str(file)]
    begin = [
        sys.executable,
        "-m",
        "distributed.cli.dask_scheduler",
        "--host",
        "127.0.0.1",
        "--port",
        "0",
        "--no-dashboard",
        *common,
    ]
    scheduler = subprocess.Popen(begin, **quiet)
    serve = [sys.executable, "-m", "distributed.cli.dask_worker", "--nthreads", "1", "--no-nanny", *common]
    workers = [subprocess.Popen([*serve, "--no-dashboard"], **quiet) for _ in range(WORKERS)]
    try:
        deadline = time.monotonic() + 60
        while not file.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        with distributed.Client(scheduler_file=str(file)) as client:
            client.wait_for_workers(WORKERS, timeout=60)
            address = client.scheduler.address
        yield address, workers
    finally:
        for process in (*workers, scheduler):
            process.kill()
            process.wait()


@pytest.mark.filterwarnings("default")  # what the cluster's own threads warn of is theirs
def test_every_job_has_its_index_and_its_result_or_why_it_failed(small, tmp_path):
    table = resolve(small(training__steps=2)).table()
    broken = table | {"task": {"name": "adding", "length": -5}}
    jobs = [Job(broken, str(tmp_path / "broken")), Job(table, str(tmp_path / "run"))]
    options = {"n_workers": 1, "threads_per_worker": 1, "processes": False, "dashboard_address": None}
    with distributed.LocalCluster(**options) as cluster:
        ended = dict(run_on_cluster(jobs, scheduler=cluster.scheduler_address))
    assert set(ended) == {0, 1}
    assert ended[0].startswith("BadExperiment: ")
    assert "task.length = -5" in ended[0]
    assert (ended[1].outcome, ended[1].steps) == ("done", 2)
    assert ended[1] == read_result(tmp_path / "run")


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
def test_a_killed_worker_costs_nothing_but_time(cluster, small, tmp_path):
    address, workers = cluster
    points = [Point({"seed": seed}, resolve(small(seed=seed, training__steps=40))) for seed in range(4)]
    runs = tmp_path / "runs"
    ended = []

    def kill_one(end):
        if not ended:
            os.kill(workers[0].pid, signal.SIGKILL)
        ended.append(end.point.values["seed"])

    ends = sweep(points, runs, lambda jobs: run_on_cluster(jobs, scheduler=address), on_end=kill_one)
    assert [end.failure for end in ends] == [""] * 4
    assert sorted(ended) == [0, 1, 2, 3]
    assert {path.name for path in runs.iterdir()} == {folder_of(runs, point).name for point in points}
    for end in ends:
        assert (end.folder / "metrics.csv").read_text().count("\n") == 1 + 40


@pytest.mark.filterwarnings("default")
def test_a_scheduler_that_does_not_answer(monkeypatch):
    monkeypatch.setattr(cluster_module, "_SECONDS_TO_ANSWER", 1)
    with pytest.raises(NoCluster, match=r"no dask scheduler answers at 'tcp://127\.0\.0\.1:9'"):
        list(run_on_cluster([], scheduler="tcp://127.0.0.1:9"))
