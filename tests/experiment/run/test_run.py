"""One experiment is run into its folder, once."""

import builtins
import csv
import errno
import functools
import io
import json
import os
import shutil
import subprocess
from collections import Counter

import numpy as np
import pytest
import torch

import gradviz as gv
from gradviz.experiment.config.resolve import resolve
from gradviz.experiment.run.lock import RunIsBusy, locked
from gradviz.experiment.run.metrics_file import read_metrics
from gradviz.experiment.run.run import UnfinishedRun, run
from gradviz.experiment.run.trained import load_trained
from gradviz.tasks.task_table import TASKS

FILES = ["checkpoint.pt", "config.toml", "environment.json", "metrics.csv", "recording.nc", "result.json"]
EXPECT = [{"metric": "loss", "above": 0}, {"metric": "loss", "above": 1e9}]


@pytest.fixture
def experiment(small):
    return resolve(small(expect=EXPECT))


@pytest.fixture(scope="module")
def done(small, tmp_path_factory):
    """Folder, result and training steps of a run that is done; tests must not change it."""
    torch.set_num_threads(1)
    seen, folder = [], tmp_path_factory.mktemp("done") / "runs" / "small"
    result = run(resolve(small(expect=EXPECT)), folder, on_step=seen.append)
    return folder, result, seen


def test_a_run_leaves_everything_in_its_folder(done):
    folder, result, seen = done
    assert sorted(p.name for p in folder.iterdir() if p.name != ".lock") == FILES
    with open(folder / "metrics.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["step"]) for row in rows] == list(range(6))
    assert [float(row["loss"]) for row in rows] == [step.loss for step in seen]
    tree = gv.load(folder)
    assert tree["recurrent"]["step"].values.tolist() == [0, 2, 4]
    assert tree["loss"].values.tolist() == [step.loss for step in seen]
    assert tree["grad_norm_clipped"].values.max() <= 1.00001
    assert tree.attrs["lag"] == 7
    assert tree.attrs["baseline_meaning"] == "always predict 1"
    assert json.loads(tree.attrs["config"])["model"]["cell"] == "gru"
    assert (result.outcome, result.steps, result.ended_by) == ("done", 6, "steps")
    assert result.final["loss"] == seen[-1].loss
    assert [verdict.met for verdict in result.verdicts] == [True, False]


def test_the_same_configuration_gives_the_same_bits(experiment, done, tmp_path):
    run(experiment, tmp_path)
    first, second = (load_trained(folder)[0] for folder in (done[0], tmp_path))
    assert all(torch.equal(p, q) for p, q in zip(first.parameters(), second.parameters(), strict=True))
    a, b = (gv.load(folder)["recurrent"].to_dataset() for folder in (done[0], tmp_path))
    for name in a.data_vars:
        np.testing.assert_array_equal(a[name], b[name])


def test_a_run_that_is_done_is_not_done_again(experiment, done, tmp_path):
    folder, first, _ = done
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    before = {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir() if path.name != ".lock"}
    for begin in ("new", "resume"):
        assert run(experiment, tmp_path, begin=begin, on_step=pytest.fail) == first
    assert {p.name: p.stat().st_mtime_ns for p in tmp_path.iterdir() if p.name != ".lock"} == before
    steps = []
    run(experiment, tmp_path, begin="fresh", on_step=steps.append)
    assert len(steps) == 6


def test_an_unfinished_run_asks_what_to_do(experiment, tmp_path):
    (tmp_path / "config.toml").write_text("")
    with pytest.raises(
        UnfinishedRun, match="contains an unfinished run: --resume continues it, --fresh starts it again"
    ):
        run(experiment, tmp_path)
    (tmp_path / "notes.txt").touch()
    run(experiment, tmp_path, begin="fresh")
    assert sorted(p.name for p in tmp_path.iterdir() if p.name != ".lock") == FILES


def test_resuming_a_run_that_never_began_starts_it(experiment, tmp_path):
    assert run(experiment, tmp_path / "new", begin="resume").steps == 6


@pytest.mark.parametrize("begin", ["new", "resume", "fresh"])
def test_a_second_process_gets_an_error(experiment, tmp_path, begin):
    (tmp_path / "config.toml").write_text("theirs")
    with locked(tmp_path), pytest.raises(RunIsBusy):
        run(experiment, tmp_path, begin=begin)
    assert (tmp_path / "config.toml").read_text() == "theirs"


def test_what_was_recorded_before_divergence_is_kept(small, tmp_path):
    wild = small(training={"steps": 50, "batch_size": 3, "optimizer": "sgd", "learning_rate": 1e30})
    result = run(resolve(wild), tmp_path)
    assert (result.outcome, result.ended_by) == ("diverged", "diverged")
    assert result.message.startswith("the loss is ")
    tree = gv.load(tmp_path)
    assert not np.isfinite(tree["grad_norm"].values[-1]) or not np.isfinite(tree["loss"].values[-1])
    assert tree.sizes["iteration"] == result.steps + 1
    assert len(read_metrics(tmp_path / "metrics.csv")["loss"]) == result.steps + 1
    again = run(resolve(wild), tmp_path, on_step=pytest.fail)
    assert (again.outcome, again.steps, again.message) == ("diverged", result.steps, result.message)


def test_a_target_ends_it_early(small, tmp_path):
    text = {"name": "text", "corpus": "sentence"}
    experiment = resolve(small(task=text, training__stop_at=100.0, model__hidden_size=3))
    result = run(experiment, tmp_path)
    assert (result.outcome, result.steps) == ("done", 1)


def test_a_folder_that_cannot_be_written(experiment, tmp_path, monkeypatch):
    def refuse(path, *_, **__):
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    with monkeypatch.context() as patch:
        patch.setattr(os, "mkdir", refuse)
        with pytest.raises(PermissionError, match="Permission denied"):
            run(experiment, tmp_path / "runs" / "small")
    assert not list(tmp_path.iterdir())


@pytest.fixture
def counted(monkeypatch):
    """Numbers of tasks built, of git calls, and of reads of each file, by file name."""
    counts = Counter()
    build, call, opened = TASKS["adding"], subprocess.run, open

    @functools.wraps(build)
    def counting_build(**options):
        counts["task"] += 1
        return build(**options)

    def counting_call(command, *args, **kwargs):
        counts["git"] += command[0] == "git"
        return call(command, *args, **kwargs)

    def counting_open(file, mode="r", *args, **kwargs):
        if "r" in mode and isinstance(file, (str, os.PathLike)):
            counts[os.path.basename(file)] += 1
        return opened(file, mode, *args, **kwargs)

    monkeypatch.setitem(TASKS, "adding", counting_build)
    monkeypatch.setattr(subprocess, "run", counting_call)
    for module in (builtins, io):
        monkeypatch.setattr(module, "open", counting_open)
    return counts


def test_a_run_builds_its_task_once_asks_git_once_and_reads_nothing_back(small, tmp_path, counted):
    run(resolve(small(expect=EXPECT)), tmp_path)
    assert (counted["task"], counted["git"]) == (1, 1)
    assert not set(FILES).intersection(counted)
    run(resolve(small(expect=EXPECT)), tmp_path)
    assert counted["result.json"] == 1  # written by the run before
    assert counted["git"] == 1


def test_a_resumed_run_judges_the_steps_of_both_sessions(small, tmp_path):
    def stop(step):
        raise OSError(errno.ENOSPC, "No space left on device")

    late = [{"metric": "loss", "at": "end", "over": 6, "above": 0}]
    experiment = resolve(small(expect=late))
    whole = run(experiment, tmp_path / "whole")
    with pytest.raises(OSError, match="No space"):
        run(experiment, tmp_path / "cut", checkpoint_seconds=0.0, on_step=lambda s: s.step == 3 and stop(s))
    resumed = run(experiment, tmp_path / "cut", begin="resume")
    assert (resumed.final, resumed.verdicts) == (whole.final, whole.verdicts)
    assert (tmp_path / "cut/metrics.csv").read_bytes() == (tmp_path / "whole/metrics.csv").read_bytes()
