"""``gradviz reproduce``: what is run, what is written, what is said, and the exit code."""

import copy
import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import nullcontext
from pathlib import Path
from types import ModuleType

import pytest
import tomli_w
from click.testing import CliRunner

from gradviz.cli.main import cli
from gradviz.errors import UnknownName
from gradviz.experiment.config.validation import BadExperiment
from gradviz.experiment.run.interrupt import Interrupted
from gradviz.experiment.run.lock import RunIsBusy, locked
from gradviz.experiment.sweep import local_workers
from gradviz.experiment.sweep.job import do_job
from gradviz.reproductions.result_file import read_result_file

TABLE = {
    "name": "tiny",
    "task": {"name": "adding", "length": 8},
    "model": {"cell": "rnn", "hidden_size": 3},
    "training": {"steps": 2, "batch_size": 2},
    "sweep": {"seed": [0, 1]},
    "expect": [{"metric": "loss", "over_seeds": "median", "below": 1e6}],
    "reproduction": {
        "claim": "It learns.",
        "source": "Nobody (2026)",
        "protocol": "Two steps.",
        "differs": ["All of it."],
        "theirs": "0.1",
        "full_size": "an hour",
        "minutes": 4.0,
    },
}


@pytest.fixture
def told(monkeypatch):
    """What the page and the figures are made of, in place of both."""
    calls = []

    def write_page(results, path, figures, *, outdated=()):
        calls.append(([one.name for one in results], list(outdated)))
        path.write_text("page")

    def draw_figures(results, folder):
        folder.mkdir(parents=True, exist_ok=True)
        paths = [folder / f"{one.name}.svg" for one in results]
        for path in paths:
            path.write_text("figure")
        return paths

    for name, function in (("page", write_page), ("figures", draw_figures)):
        stub = ModuleType(name)
        setattr(stub, function.__name__, function)
        monkeypatch.setitem(sys.modules, f"gradviz.reproductions.{name}", stub)
    return calls


@pytest.fixture
def done_here(monkeypatch):
    """Runs are done in this process; the folders of those that were begun."""
    begun = []

    def workers(**_):
        def execute(jobs):
            for place, job in enumerate(jobs):
                begun.append(job.folder)
                yield place, do_job(job)

        return nullcontext(execute)

    monkeypatch.setattr(local_workers, "local_workers", workers)
    return begun


@pytest.fixture
def gradviz(tmp_path, monkeypatch, told, done_here):
    monkeypatch.chdir(tmp_path)
    Path("experiments/papers").mkdir(parents=True)
    write(tmp_path)

    def invoke(*arguments):
        done = CliRunner().invoke(cli, ["reproduce", *arguments], standalone_mode=False)
        if isinstance(done.exception, Interrupted):  # a run took the signal that was to end the tests
            raise done.exception
        return done

    return invoke


def write(folder, name="tiny", **changes):
    table = {**copy.deepcopy(TABLE), "name": name}
    for key, value in changes.items():
        *tables, last = key.split("__")
        inner = table
        for one in tables:
            inner = inner[one]
        inner[last] = value
    path = folder / "experiments" / "papers" / f"{name}.toml"
    path.write_text(tomli_w.dumps(table))
    return path


def test_in_a_copy_of_the_sources(gradviz, told, done_here):
    done = gradviz()
    assert done.return_value == 0, done.exception
    assert done.stdout.splitlines() == [
        "experiments/results/tiny.json",
        "experiments/RESULTS.md",
        "figures/reproductions/tiny.svg",
    ]
    assert done.stderr.splitlines() == [
        "tiny: 2 of 2 runs to do, about 4 min with 2 workers",
        "tiny: 0 claims met, 1 undecided, 0 not met",
    ]
    assert all(Path(line).is_file() for line in done.stdout.splitlines())
    assert len(read_result_file(Path("experiments/results/tiny.json")).runs) == len(done_here) == 2

    again = gradviz()
    assert again.stdout == done.stdout
    assert again.stderr.splitlines()[0] == "tiny: all 2 runs are done"
    assert len(done_here) == 2
    assert told == [(["tiny"], [])] * 2


def test_minutes_of_the_papers_that_are_left(gradviz, tmp_path):
    write(tmp_path, "other", reproduction__minutes=9.0)
    said = [line for line in gradviz().stderr.splitlines() if "to do" in line]
    assert said == [
        "other: 2 of 2 runs to do, about 9 min with 2 workers; 13 min for this and the 1 after it",
        "tiny: 2 of 2 runs to do, about 4 min with 2 workers",
    ]


def test_one_paper_leaves_the_results_of_the_others(gradviz, tmp_path, told):
    write(tmp_path, "other")
    assert gradviz("tiny").return_value == 0
    assert not Path("experiments/results/other.json").exists()
    before = Path("experiments/results/tiny.json").read_bytes()
    done = gradviz("other")
    assert done.stdout.splitlines()[0] == "experiments/results/other.json"
    assert Path("experiments/results/tiny.json").read_bytes() == before
    assert told[-1] == (["other", "tiny"], [])


def test_elsewhere_all_of_it_is_in_one_folder(gradviz, tmp_path, monkeypatch):
    paper = tmp_path / "experiments" / "papers" / "tiny.toml"
    (tmp_path / "away").mkdir()
    monkeypatch.chdir(tmp_path / "away")
    names = ["tiny.json", "RESULTS.md", "figures/tiny.svg"]
    assert gradviz(str(paper)).stdout.splitlines() == [f"reproductions/{name}" for name in names]
    other = gradviz(str(paper), "--results", "mine", "-q")
    assert other.stdout.splitlines() == [f"mine/{name}" for name in names]
    assert other.stderr == ""


def test_the_list(gradviz, tmp_path):
    gradviz("tiny")
    write(tmp_path, "other")
    lines = gradviz("--list").stdout.splitlines()
    assert lines == [
        "other: It learns. (Nobody (2026); 4 min; 0 of 2 runs done)",
        "tiny: It learns. (Nobody (2026); 4 min; 2 of 2 runs done)",
    ]


def test_from_results_nothing_is_run(gradviz, tmp_path, done_here):
    gradviz()
    for path in (Path("experiments/RESULTS.md"), Path("figures/reproductions/tiny.svg")):
        path.unlink()
    done = gradviz("--from-results")
    assert done.stdout.splitlines() == ["experiments/RESULTS.md", "figures/reproductions/tiny.svg"]
    assert (done.return_value, done.stderr, len(done_here)) == (0, "", 2)


def test_from_no_results(gradviz):
    error = gradviz("--from-results").exception
    assert "there are no results in experiments/results; gradviz reproduce makes them" in str(error)


def test_a_paper_that_has_changed_is_told(gradviz, tmp_path, told):
    gradviz()
    write(tmp_path, training__steps=3)
    done = gradviz("--from-results")
    assert done.stderr == (
        "experiments/results/tiny.json is of an earlier experiments/papers/tiny.toml: gradviz reproduce "
        "tiny runs what has changed\n"
    )
    assert told[-1] == (["tiny"], ["tiny"])
    gradviz("tiny")
    assert told[-1] == (["tiny"], [])


def test_texts_about_other_outcomes_are_said_to_be_such(gradviz, tmp_path):
    write(tmp_path, reproduction__why_not="Too few steps.")
    done = gradviz()
    assert "experiments/papers/tiny.toml: its why_not and would_decide are not told" in done.stderr
    line = next(one for one in done.stderr.splitlines() if one.startswith("read_of = "))
    read_of = json.loads(line.removeprefix("read_of = "))
    write(tmp_path, reproduction__why_not="Too few steps.", reproduction__read_of=read_of)
    assert "are not told" not in gradviz("--from-results").stderr


def test_texts_that_have_changed_are_taken(gradviz, tmp_path, told):
    gradviz()
    write(tmp_path, reproduction__theirs="0.2")
    done = gradviz("--from-results")
    assert "its texts are now those of experiments/papers/tiny.toml" in done.stderr
    assert read_result_file(Path("experiments/results/tiny.json")).told["theirs"] == "0.2"
    assert told[-1] == (["tiny"], [])


def test_a_damaged_result_is_left_out_and_made_again(gradviz, tmp_path, told):
    write(tmp_path, "other")
    gradviz()
    damaged = Path("experiments/results/tiny.json")
    damaged.write_bytes(damaged.read_bytes()[:100])
    done = gradviz("--from-results")
    assert done.return_value == 1
    assert done.stderr.startswith("experiments/results/tiny.json is damaged: ")
    assert told[-1] == (["other"], [])
    assert gradviz("tiny").return_value == 0
    assert told[-1] == (["other", "tiny"], [])


def test_a_result_that_leads_nowhere_is_left_out(gradviz, told):
    assert gradviz().return_value == 0
    Path("experiments/results/other.json").symlink_to("gone.json")
    done = gradviz("--from-results")
    assert done.return_value == 1
    assert "experiments/results/other.json" in done.stderr
    assert told[-1] == (["tiny"], [])


def test_a_damaged_run_says_how_to_start_it_again(gradviz):
    assert gradviz().return_value == 0
    recording = next(Path("runs").glob("tiny-*/recording.nc"))
    recording.write_bytes(recording.read_bytes()[:100])
    done = gradviz()
    assert done.return_value == 1
    assert str(recording) in done.stderr
    assert "to start such a run again remove its folder, then give the same command" in done.stderr
    shutil.rmtree(recording.parent)
    assert gradviz().return_value == 0


def test_a_run_that_fails_does_not_stop_the_others(gradviz, monkeypatch):
    def workers(**_):
        def execute(jobs):
            for place, job in enumerate(jobs):
                yield place, "its worker died" if place == 1 else do_job(job)

        return nullcontext(execute)

    monkeypatch.setattr(local_workers, "local_workers", workers)
    done = gradviz()
    assert done.return_value == 1
    assert "failed: seed=1: its worker died" in done.stderr
    found = read_result_file(Path("experiments/results/tiny.json"))
    assert [run.seed for run in found.runs] == [0]
    assert found.missing == {"seed=1": "its worker died"}


def test_without_any_run_an_earlier_result_stays(gradviz, tmp_path, monkeypatch):
    gradviz()
    before = Path("experiments/results/tiny.json").read_bytes()
    write(tmp_path, training__steps=3)

    def workers(**_):
        return nullcontext(lambda jobs: ((place, "no memory") for place in range(len(jobs))))

    monkeypatch.setattr(local_workers, "local_workers", workers)
    done = gradviz()
    assert done.return_value == 1
    assert (
        "tiny: none of its runs has a result, so experiments/results/tiny.json is not written" in done.stderr
    )
    assert Path("experiments/results/tiny.json").read_bytes() == before


def test_a_run_that_diverges_is_a_result(gradviz, tmp_path):
    write(tmp_path, training__learning_rate=1e30, training__optimizer="sgd", training__steps=3)
    done = gradviz()
    assert done.return_value == 0
    assert {run.outcome for run in read_result_file(Path("experiments/results/tiny.json")).runs} == {
        "diverged"
    }


def test_a_wrong_file_stops_before_any_run(gradviz, tmp_path, done_here):
    write(tmp_path, "wrong", training__steps=-1)
    error = gradviz().exception
    assert isinstance(error, BadExperiment)
    assert "experiments/papers/wrong.toml: training.steps = -1" in str(error)
    assert done_here == []


def test_an_unknown_paper(gradviz):
    error = gradviz("tiyn").exception
    assert isinstance(error, UnknownName)
    assert str(error) == "unknown paper 'tiyn'; did you mean 'tiny'? (tiny)"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("tiny", "experiments/papers/tiny.toml"), "tiny: given twice"),
        (("--list", "--from-results"), "exclude each other"),
        (("tiny", "--from-results"), "give no names"),
    ],
)
def test_what_does_not_go_together(gradviz, arguments, message):
    assert message in str(gradviz(*arguments).exception)


def test_another_process_in_the_same_folder(gradviz, done_here):
    Path("runs").mkdir()
    with locked(Path("runs")):
        error = gradviz().exception
    assert isinstance(error, RunIsBusy)
    assert str(error) == "runs is being written by another process: wait until it ends, or stop it"
    assert done_here == []


def test_a_full_disk(gradviz, monkeypatch):
    assert gradviz().return_value == 0
    before = Path("experiments/results/tiny.json").read_bytes()

    def full(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        error = gradviz().exception
    assert isinstance(error, OSError)
    assert "No space left on device" in str(error)
    assert Path("experiments/results/tiny.json").read_bytes() == before


def test_a_reader_that_has_gone_loses_no_result(gradviz, tmp_path, monkeypatch, done_here):
    """As in ``gradviz reproduce 2>&1 | head -1``."""
    write(tmp_path, model__cell="lstm", reproduction__measured=["recurrent_radius"])  # fails, which is said
    said = []

    def gone(message=None, **_):
        said.append(message)
        if len(said) > 1:
            raise BrokenPipeError

    with monkeypatch.context() as patched:
        patched.setattr("click.echo", gone)
        assert isinstance(gradviz().exception, BrokenPipeError)
    assert "to do" in said[0]
    assert "not measured" in said[1]
    assert len(read_result_file(Path("experiments/results/tiny.json")).runs) == len(done_here) == 2


def test_an_interrupt_says_how_to_go_on(gradviz, monkeypatch, done_here):
    def workers(**_):
        def execute(jobs):
            yield 0, do_job(jobs[0])
            raise KeyboardInterrupt

        return nullcontext(execute)

    with monkeypatch.context() as patched:
        patched.setattr(local_workers, "local_workers", workers)
        stopped = gradviz()
    assert "1 of 2 runs of tiny are done; the same command goes on with the others" in stopped.stderr
    assert not Path("experiments/results/tiny.json").exists()
    assert gradviz().return_value == 0
    assert len(done_here) == 1


@pytest.mark.slow
def test_a_process_that_is_interrupted_and_goes_on(tmp_path):
    (tmp_path / "experiments" / "papers").mkdir(parents=True)
    write(tmp_path, training__steps=3000, sweep__seed=[0, 1])
    command = [sys.executable, "-m", "gradviz", "reproduce", "--workers", "1"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        until = time.monotonic() + 120
        while not list(tmp_path.glob("runs/*/metrics.csv")) and time.monotonic() < until:
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        out, said = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert "runs of tiny are done; the same command goes on with the others" in said
    assert "Traceback" not in said
