"""A run that is stopped at any time and resumed ends as one that was never stopped."""

import errno
import os
import signal
import subprocess
import sys

import pytest
import torch
import xarray as xr

import gradviz as gv
from gradviz.experiment.config.resolve import resolve
from gradviz.experiment.run import session
from gradviz.experiment.run.checkpoint import CannotResume, load_checkpoint
from gradviz.experiment.run.interrupt import Interrupted
from gradviz.experiment.run.result import read_result
from gradviz.experiment.run.run import run
from gradviz.recording.writer_lock import LOCK


def assert_same(folder, other):
    """Recording, metrics and weights, bit for bit."""
    found, expected = gv.load(folder), gv.load(other)
    assert set(found.children) == set(expected.children)
    for node in ("/", *found.children):
        xr.testing.assert_identical(
            found[node].to_dataset(inherit=False), expected[node].to_dataset(inherit=False)
        )
    assert (folder / "metrics.csv").read_bytes() == (other / "metrics.csv").read_bytes()
    ours, theirs = (load_checkpoint(place).training for place in (folder, other))
    assert ours["step"] == theirs["step"]
    assert all(torch.equal(ours["model"][name], value) for name, value in theirs["model"].items())
    assert torch.equal(ours["random"], theirs["random"])


# Dropout draws from torch's generator, the state is carried from step to step.
STREAM = resolve(
    {
        "name": "stream",
        "task": {"name": "text", "form": "stream", "encoding": "one_hot", "bptt": 4},
        "model": {"cell": "lstm", "hidden_size": 3, "num_layers": 2, "dropout": 0.5},
        "training": {"steps": 4, "batch_size": 3},
        "recording": {"every": 2, "samples": 2},
    }
)
WILD = resolve(
    {
        "name": "wild",
        "task": {"name": "adding", "length": 6},
        "model": {"cell": "rnn", "hidden_size": 3},
        "training": {"steps": 50, "batch_size": 3, "optimizer": "sgd", "learning_rate": 1e12},
        "recording": {"every": 1, "samples": 2},
    }
)


def named(experiment):
    return experiment.name


@pytest.fixture(scope="module", params=[STREAM, WILD], ids=named)
def whole(request, tmp_path_factory):
    """An experiment, and the folder of a run that was never stopped."""
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("whole")
    run(request.param, folder)
    return request.param, folder


# In tests that start a run many times, the run that diverges is slow.
diverging_is_slow = pytest.mark.parametrize(
    "whole", [STREAM, pytest.param(WILD, marks=pytest.mark.slow)], ids=named, indirect=True
)


def stop_at(step):
    def on_step(taken):
        if taken.step == step:
            os.kill(os.getpid(), signal.SIGINT)

    return on_step


def test_ctrl_c_finishes_the_step_and_saves(whole, tmp_path):
    experiment, expected = whole
    with pytest.raises(Interrupted, match="interrupted after step 0; everything is saved"):
        run(experiment, tmp_path, on_step=stop_at(0))
    assert load_checkpoint(tmp_path).training["step"] == 1
    assert gv.load(tmp_path)["iteration"].values.tolist() == [0]
    seen = []
    run(experiment, tmp_path, begin="resume", on_step=seen.append)
    assert seen[0].step == 1
    assert_same(tmp_path, expected)


def test_ctrl_c_at_the_last_step_is_too_late(tmp_path):
    assert run(STREAM, tmp_path, on_step=stop_at(3)).outcome == "done"


# The process is killed at a call that changes the disk or in a training step. The script forks, so that torch
# and late imports are loaded once.
KILLED = """
import json, os, random, signal, sys
from pathlib import Path
import dask.array, h5netcdf, torch, torch._dynamo
torch.set_num_threads(1)
from gradviz.experiment.config.resolve import resolve
from gradviz.experiment.run.run import run

experiment, folder = resolve(json.loads(sys.argv[1])), Path(sys.argv[2])
moments = random.Random(int(sys.argv[3]))
kills = int(sys.argv[4])


def dying(real, countdown):
    def call(*args, **kwargs):
        countdown[0] -= 1
        if countdown[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*args, **kwargs)
    return call


def attempt(countdown):
    for name in ("replace", "fsync", "unlink", "rmdir", "mkdir"):
        setattr(os, name, dying(getattr(os, name), countdown))
    on_step = dying(lambda step: None, countdown)
    run(experiment, folder, begin="resume", on_step=on_step, checkpoint_seconds=0.0)


killed = resumed = 0
while True:
    countdown = [moments.randint(5, 45) if killed < kills else 0]
    child = os.fork()
    if not child:
        attempt(countdown)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFEXITED(status):
        if os.WEXITSTATUS(status) or killed >= kills or (folder / "result.json").exists():
            break
    else:
        killed += 1
        resumed += (folder / "checkpoint.pt").exists()
print(resumed, os.WIFEXITED(status) and os.WEXITSTATUS(status))
"""


def kill(experiment, folder, seed, kills):
    """Kill and resume until the run is done; returns how often there was a checkpoint to resume from."""
    script = [sys.executable, "-c", KILLED, experiment.model_dump_json(), str(folder), str(seed), str(kills)]
    done = subprocess.run(script, capture_output=True, text=True, check=True)
    resumed, status = map(int, done.stdout.split())
    assert status == 0, done.stderr
    return resumed


@pytest.mark.slow
@diverging_is_slow
def test_kill_9_at_any_moment(whole, tmp_path):
    experiment, expected = whole
    assert kill(experiment, tmp_path, seed=0, kills=3), "it was killed before its first checkpoint only"
    found, once = (read_result(folder) for folder in (tmp_path, expected))
    assert (found.outcome, found.steps, found.message) == (once.outcome, once.steps, once.message)
    assert_same(tmp_path, expected)
    assert {p.name for p in tmp_path.iterdir()} == {p.name for p in expected.iterdir()}


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 21))
def test_kill_9_twenty_times(whole, tmp_path, seed):
    experiment, expected = whole
    kill(experiment, tmp_path, seed=seed, kills=6)
    assert_same(tmp_path, expected)


def full(*_):
    raise OSError(errno.ENOSPC, "No space left on device")


@diverging_is_slow
@pytest.mark.parametrize("moment", [2, 6])
def test_a_full_disk_loses_nothing_that_was_saved(whole, tmp_path, monkeypatch, moment):
    experiment, expected = whole
    with monkeypatch.context() as patch:
        calls, real = [], os.fsync
        patch.setattr(os, "fsync", lambda file: full() if len(calls) >= moment else calls.append(real(file)))
        with pytest.raises(OSError, match="No space left"):
            run(experiment, tmp_path, checkpoint_seconds=0.0)
    run(experiment, tmp_path, begin="resume")
    assert_same(tmp_path, expected)


def test_a_damaged_file_is_reported_and_nothing_is_changed(tmp_path):
    with pytest.raises(Interrupted):
        run(STREAM, tmp_path, on_step=stop_at(1))
    for name in ("parts/part-000000.nc", "checkpoint.pt", "metrics.csv"):
        path = tmp_path / name
        whole = path.read_bytes()
        path.write_bytes(whole[: len(whole) // 2])
        before = {inside: inside.read_bytes() for inside in tmp_path.rglob("*") if inside.is_file()}
        with pytest.raises(CannotResume, match=r"--fresh starts (it|the run) again") as error:
            run(STREAM, tmp_path, begin="resume")
        assert path.name in str(error.value)
        assert "\n" not in str(error.value)
        assert {inside: inside.read_bytes() for inside in tmp_path.rglob("*") if inside.is_file()} == before
        path.write_bytes(whole)
    assert run(STREAM, tmp_path, begin="resume").steps == 4


def test_how_often_it_saves(tmp_path, monkeypatch):
    saved = []
    real = session.save_checkpoint
    monkeypatch.setattr(
        session, "save_checkpoint", lambda *a: (saved.append(a[1].training["step"]), real(*a))
    )
    sparse = resolve(STREAM.table() | {"recording": {"every": 4}})
    run(sparse, tmp_path / "always", checkpoint_seconds=0.0)
    assert saved == [1, 2, 3, 4]
    saved.clear()
    run(sparse, tmp_path / "end")
    assert saved == [4]


RECALL = {
    "name": "recall",
    "task": {"name": "delayed_recall", "length": 61, "symbols": 2, "distractors": 2},
    "model": {"cell": "rnn", "hidden_size": 8},
    "training": {"steps": 80, "batch_size": 8, "clip_norm": 1.0, "stop_when": "hopeless"},
    "recording": {"every": 10, "samples": 4},
}
HOPELESS_RUN = resolve(RECALL)
CHRONO = {"cell": "lstm", "hidden_size": 12, "init": "chrono", "init_options": {"t_max": 60}}
LEARNS = resolve(
    {**RECALL, "model": CHRONO, "training": {**RECALL["training"], "learning_rate": 1e-2, "stop_at": 1.0}}
)


def test_a_hopeless_run_is_stopped_with_its_reason(tmp_path):
    result = run(HOPELESS_RUN, tmp_path)
    assert (result.outcome, result.steps, result.ended_by) == ("stopped", 31, "hopeless")
    assert result.message.startswith("At training step 30, ")
    assert "lost over 60 time steps. In " in result.message
    assert read_result(tmp_path) == result
    tree = gv.load(tmp_path)
    assert tree["recurrent"]["step"].values.tolist() == [0, 10, 20, 30]
    assert tree["loss"].sizes["iteration"] == 31
    assert tree.attrs["fixed_lag"] == 1


def test_a_stopped_run_is_not_taken_up_again(tmp_path):
    stopped = run(HOPELESS_RUN, tmp_path)
    told = []
    assert run(HOPELESS_RUN, tmp_path, begin="resume", on_step=told.append) == stopped
    (tmp_path / "result.json").unlink()  # killed after the last checkpoint
    again = run(HOPELESS_RUN, tmp_path, begin="resume", on_step=told.append)
    assert (again.outcome, again.steps, again.message) == (stopped.outcome, stopped.steps, stopped.message)
    assert told == []


def test_a_kill_before_the_lock_is_removed_leaves_none_in_the_end(tmp_path):
    run(STREAM, tmp_path)
    files = {path.name for path in tmp_path.iterdir()}
    (tmp_path / "result.json").unlink()
    (tmp_path / LOCK).touch()
    assert run(STREAM, tmp_path, begin="resume").outcome == "done"
    assert {path.name for path in tmp_path.iterdir()} == files


def test_an_interrupted_run_stops_at_the_same_step(tmp_path):
    with pytest.raises(Interrupted):
        run(HOPELESS_RUN, tmp_path / "resumed", on_step=stop_at(12))
    ours = run(HOPELESS_RUN, tmp_path / "resumed", begin="resume")
    theirs = run(HOPELESS_RUN, tmp_path / "whole")
    assert (ours.outcome, ours.message, ours.final) == (theirs.outcome, theirs.message, theirs.final)
    assert_same(tmp_path / "resumed", tmp_path / "whole")


def test_a_run_whose_gradient_arrives_goes_on_and_learns(tmp_path):
    result = run(LEARNS, tmp_path)
    assert result.outcome == "done"
    assert result.final["accuracy"] == 1
    assert result.ended_by == "stop_at"
    assert result.message == f"accuracy reached stop_at = 1 after {result.steps} of 80 steps"


def test_without_the_option_nothing_is_stopped(tmp_path):
    training = {"steps": 40, "batch_size": 8, "clip_norm": 1.0}
    result = run(resolve({**RECALL, "training": training}), tmp_path)
    assert (result.outcome, result.steps) == ("done", 40)
