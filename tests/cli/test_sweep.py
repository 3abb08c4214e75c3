"""``gradviz sweep``: real workers once, then options, output and exit codes."""

import json
from contextlib import nullcontext
from pathlib import Path

import pandas as pd
import pytest
import tomli_w
import torch
from click.testing import CliRunner

from gradviz.cli import sweep as sweep_command
from gradviz.cli import sweep_report
from gradviz.cli.main import cli
from gradviz.experiment.config.validation import BadExperiment
from gradviz.experiment.sweep.job import do_job

TABLE = {
    "name": "small",
    "task": {"name": "adding", "length": 6},
    "model": {"cell": "rnn", "hidden_size": 3},
    "training": {"steps": 3, "batch_size": 2, "optimizer": "sgd"},
    "expect": [{"metric": "loss", "above": 1e9, "where": {"training.learning_rate": 0.25}}],
    "sweep": {"training.learning_rate": [0.125, 0.25, 1e30]},
}


@pytest.fixture
def gradviz(tmp_path):
    path = tmp_path / "small.toml"
    path.write_text(tomli_w.dumps(TABLE))

    def invoke(*arguments):
        given = ["sweep", str(path), "--runs", str(tmp_path / "runs"), *arguments]
        return CliRunner().invoke(cli, given, standalone_mode=False)

    return invoke


def test_from_the_grid_to_the_table(gradviz, tmp_path, monkeypatch):
    listed = gradviz("--dry-run")
    assert listed.return_value == 0
    lines = [line.split("  ") for line in listed.stdout.splitlines()]
    assert [line[1:] for line in lines] == [
        ["new", "training.learning_rate=0.125"],
        ["new", "training.learning_rate=0.25"],
        ["new", "training.learning_rate=1e+30"],
    ]
    assert not (tmp_path / "runs").exists()

    done = gradviz("--workers", "1")
    assert done.return_value == 1
    assert done.stderr.startswith("failed: training.learning_rate=1e+30: the loss is ")
    table, picture = map(Path, done.stdout.splitlines())
    frame = pd.read_csv(table)
    assert frame["training.learning_rate"].tolist() == [0.125, 0.25, 1e30]
    assert frame["outcome"].tolist() == ["done", "done", "diverged"]
    assert frame["as_expected"].isna().tolist() == [True, False, True]  # the claim is about the second alone
    assert not frame["as_expected"][1]
    assert frame["folder"].tolist() == [line[0] for line in lines]
    (failure,) = map(json.loads, table.with_name("failures.jsonl").read_text().splitlines())
    assert failure["point"] == {"training.learning_rate": 1e30}
    assert picture.read_bytes()[:4] == b"\x89PNG"
    assert [line.split("  ")[1] for line in gradviz("--dry-run").stdout.splitlines()] == ["done"] * 3

    fewer = ["-s", "sweep.training.learning_rate=[0.125, 0.25]"]
    with monkeypatch.context() as patch:
        patch.setattr(sweep_report, "draw_picture", lambda *_: None)  # it is there
        loose, strict = gradviz(*fewer), gradviz(*fewer, "--strict")
    assert (loose.return_value, strict.return_value) == (0, 1)
    counts = "claims: 0 met, 0 undecided, 1 not met"
    assert loose.stderr == f"{counts}; --strict names the 1 on single points that are not met\n"
    loss = frame["loss"][1]
    claim = f"loss at the end above 1e+09, at training.learning_rate=0.25: measured {loss:.4g}"
    needed = "exit code 1, since --strict needs all of them met"
    assert strict.stderr == f"NOT MET: {claim}\n{counts}; {needed}\n"

    for line in lines[:2]:
        (Path(line[0]) / "result.json").write_text("[")
    assert gradviz().stdout.splitlines() == [str(table)]  # no finite loss is left
    assert not picture.exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--executor", "dask"], "--executor dask needs --scheduler ADDRESS"),
        (["--scheduler", "tcp://x:1"], "--scheduler is for --executor dask"),
        (["--executor", "dask", "--scheduler", "tcp://x:1", "--timeout", "3"], "are for --executor local"),
        (["--timeout", "0"], "not in the range x>0"),
    ],
)
def test_options_that_do_not_go_together(gradviz, options, message):
    assert message in str(gradviz(*options).exception.message)


def test_bad_input_runs_nothing(gradviz, tmp_path):
    assert isinstance(gradviz("-s", "sweep.seed=[]").exception, BadExperiment)
    assert not (tmp_path / "runs").exists()


def test_a_point_beyond_the_memory_runs_nothing(gradviz, tmp_path):
    error = gradviz("-s", "sweep={model={hidden_size=[4, 1_000_000_000]}}").exception
    assert isinstance(error, BadExperiment)
    assert "at model.hidden_size=1000000000: " in str(error)
    assert not (tmp_path / "runs").exists()


@pytest.mark.slow  # it starts a worker
def test_what_early_stops_saved(gradviz, tmp_path):
    recall = "task={name='delayed_recall', length=61, symbols=2, distractors=2}"
    training = "training={steps=50, batch_size=4, optimizer='sgd', stop_when='hopeless'}"
    settings = [recall, training, "recording.every=10", "expect=[]", "sweep={seed=[0]}"]
    done = gradviz("--workers", "1", *(word for setting in settings for word in ("-s", setting)))
    assert done.return_value == 0
    assert done.stderr == "1 of 1 runs were stopped early, which saved 19 of 50 training steps (38%)\n"


@pytest.fixture
def here(gradviz, monkeypatch):
    """``gradviz sweep`` with its points done in this process."""

    def execute(jobs):
        return ((number, do_job(job)) for number, job in enumerate(jobs))

    monkeypatch.setattr(sweep_command, "_executor", lambda *_: nullcontext(execute))
    threads = torch.get_num_threads()

    def invoke(*settings, options=()):
        return gradviz(*(word for setting in settings for word in ("-s", setting)), *options)

    yield invoke
    torch.set_num_threads(threads)


SEEDS = "sweep={seed='0..4', 'model.cell'=['rnn', 'gru']}"


def test_claims_over_several_runs(here, monkeypatch):
    claims = (
        "expect=[{metric='loss', above=0.0, over_seeds='median', where={model.cell='gru'}}, "
        "{metric='loss', until_below=1e9, faster_than={model.cell='rnn'}, factor=2}]"
    )
    done = here(SEEDS, claims, "training.learning_rate=0.1")
    assert done.return_value == 0
    lines = done.stderr.splitlines()
    assert lines[0].startswith(
        "met: loss at the end above 0, median over the seeds, at model.cell=gru: median "
    )
    assert lines[0].endswith(", 94%)")
    assert lines[1:] == [
        "NOT MET: loss < 1e+09 at least 2 × faster than model.cell=rnn, at model.cell=gru: 1 step (median of "
        "5 runs) against 1 step (median of 5 runs): 1 × (1 to 1, 97%)",
        "claims: 1 met, 0 undecided, 1 not met",
    ]
    table, path, _ = map(Path, done.stdout.splitlines())
    stored = json.loads(path.read_text())
    assert [one["outcome"] for one in stored] == ["met", "not met"]
    assert (stored[1]["value"], stored[1]["runs"], stored[1]["point"]) == (1.0, 5, {"model.cell": "gru"})
    assert [(one["seed"], one["value"], one["compared"]) for one in stored[1]["values"]] == [
        (seed, 1.0, side) for side in (False, True) for seed in range(5)
    ]
    assert pd.read_csv(table)["as_expected"].isna().all()
    monkeypatch.setattr(sweep_report, "draw_picture", lambda *_: None)  # it is drawn once
    assert here(SEEDS, claims, "training.learning_rate=0.1", options=["--strict"]).return_value == 1

    without = here(SEEDS, "expect=[]", "training.learning_rate=0.1")
    assert without.stderr == ""  # the same runs: claims over several do not count for their names
    assert without.stdout.splitlines()[0] == str(table)
    assert not path.exists()


def test_a_swept_key_narrows_the_sweep(here):
    done = here(SEEDS, "expect=[]", "seed=1", options=["--dry-run"])
    assert done.stderr == "-s seed=1 narrows the sweep over seed to 1 of 5 values\n2 points, 0 done\n"
    assert [line.split("  ")[2] for line in done.stdout.splitlines()] == [
        "seed=1, model.cell=rnn",
        "seed=1, model.cell=gru",
    ]


def test_a_claim_about_no_point(gradviz, tmp_path):
    for where, what in (
        ("model.cel='rnn'", "did you mean 'cell'"),
        ("model.cell='gru'", "no point of the sweep"),
    ):
        error = gradviz("-s", f"expect=[{{metric='loss', below=1, where={{{where}}}}}]").exception
        assert isinstance(error, BadExperiment)
        assert what in str(error)
    assert not (tmp_path / "runs").exists()


def test_parquet(here):
    pytest.importorskip("pyarrow")
    done = here("expect=[]", "sweep={seed='0..1'}", options=["--format", "parquet"])
    table, parquet, _ = map(Path, done.stdout.splitlines())
    frame = pd.read_parquet(parquet)
    assert frame["folder"].tolist() == pd.read_csv(table)["folder"].tolist()
    assert (frame["seed"].dtype.kind, frame["as_expected"].dtype.kind) == ("i", "b")
    here("expect=[]", "sweep={seed='0..1'}")
    assert not parquet.exists()


def test_a_guided_search(here):
    pytest.importorskip("optuna")
    search = "sweep={search={trials=3, training.learning_rate={low=0.01, high=0.1}}}"
    listed = here("expect=[]", search, options=["--dry-run"])
    assert len(listed.stdout.splitlines()) == 1
    assert listed.stderr.startswith("the points of a search: those done, and the next")
    done = here("expect=[]", search)
    assert done.return_value == 0
    assert done.stderr.startswith("3 trials (3 complete); best: loss ")
    table, trials, _ = map(Path, done.stdout.splitlines())
    assert len(pd.read_csv(table)) == 3
    assert json.loads(trials.read_text())[0]["values"] == {
        "training.learning_rate": pd.read_csv(table)["training.learning_rate"][0]
    }
    assert len(here("expect=[]", search, options=["--dry-run"]).stdout.splitlines()) == 3
    idle = here("expect=[]", search, options=["--workers", "3"])
    assert idle.stderr.startswith(
        "1 of 3 workers have work: set at_once = 3 under [sweep.search] for all\n3 trials"
    )


def test_tables_among_the_swept_values(here):
    options = "sweep={'model.init_options'=[{}, {value=2.0}]}"
    done = here("expect=[]", "model={cell='lstm', hidden_size=3, init='forget_bias'}", options)
    table, picture = map(Path, done.stdout.splitlines())
    assert picture.exists()
    frame = pd.read_csv(table)
    assert frame["model.init_options.value"].isna().tolist() == [True, False]
    assert frame["model.init_options.value"][1] == 2.0


def test_an_interrupted_sweep_says_how_far_it_is(gradviz, monkeypatch):
    def execute(jobs):
        yield 0, do_job(jobs[0])
        raise KeyboardInterrupt

    monkeypatch.setattr(sweep_command, "_executor", lambda *_: nullcontext(execute))
    threads = torch.get_num_threads()
    try:
        stopped = gradviz()
    finally:
        torch.set_num_threads(threads)
    assert stopped.exit_code != 0
    assert "1 of 3 points are done; the same command goes on with the others\n" in stopped.stderr


def test_a_comparison_with_several_points_is_refused(here):
    sweep = (
        "sweep={'model.cell'=['rnn', 'rnn', 'gru'], 'training.batch_size'=[2, 3, 2], "
        "zip=[['model.cell', 'training.batch_size']]}"
    )
    claim = "expect=[{metric='loss', where={model.cell='gru'}, below_that_of={model.cell='rnn'}}]"
    refused = here(sweep, claim, "training.learning_rate=0.1", options=["--dry-run"]).exception
    assert isinstance(refused, BadExperiment)
    assert str(refused).endswith("training.batch_size is 2 or 3; add training.batch_size to it")
