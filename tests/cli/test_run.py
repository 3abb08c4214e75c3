"""``gradviz run``: output and exit codes."""

import sys
from contextlib import contextmanager

import pytest
import tomli_w
import torch
from click.testing import CliRunner
from own_sources import TABLE as OWN
from own_sources import write_sources

from gradviz.cli import run as run_module
from gradviz.cli.main import cli
from gradviz.experiment.config.validation import BadExperiment
from gradviz.experiment.run import session
from gradviz.experiment.run.interrupt import Interrupt, Interrupted
from gradviz.experiment.run.run import UnfinishedRun
from gradviz.experiment.run.trained import load_trained

TABLE = {
    "name": "small",
    "task": {"name": "adding", "length": 6},
    "model": {"cell": "rnn", "hidden_size": 3},
    "training": {"steps": 3, "batch_size": 2},
    "expect": [{"metric": "loss", "above": 0, "source": "someone"}],
}


@pytest.fixture
def gradviz(tmp_path):
    """The command on a small experiment, in a temporary folder."""
    path = tmp_path / "small.toml"
    path.write_text(tomli_w.dumps(TABLE))

    def invoke(*arguments):
        given = ["run", str(path), "--runs", str(tmp_path / "runs"), *arguments]
        return CliRunner().invoke(cli, given, standalone_mode=False)

    return invoke


def test_the_folder_on_stdout_and_the_claims_on_stderr(gradviz, tmp_path):
    done = gradviz()
    (folder,) = (tmp_path / "runs").iterdir()
    assert done.return_value == 0
    assert done.stdout == f"{folder}\n"
    assert done.stderr.startswith("met: loss at the end above 0: measured 0.")
    assert done.stderr.endswith(" (someone)\n")  # and no progress bar: this is not a terminal
    again = gradviz()
    assert again.return_value == 0
    assert again.stdout == done.stdout
    assert again.stderr.startswith("this run is already done; --fresh repeats it\nmet: ")


def test_a_claim_that_is_not_met_fails_only_with_strict(gradviz):
    setting = ["-s", "expect={metric='loss', above=1e9}"]
    assert gradviz(*setting).return_value == 0
    strict = gradviz(*setting, "--strict")
    assert strict.return_value == 1
    assert "NOT MET: loss at the end above 1e+09: measured " in strict.stderr


def test_claims_about_other_runs_are_named_and_about_none_are_mistakes(gradviz, tmp_path):
    claim = "expect=[{{metric='loss', below=1, {}}}]"
    error = gradviz("-s", claim.format("where={model.cel='gru'}")).exception
    assert isinstance(error, BadExperiment)
    assert "expect[0].where.model.cel: unknown key; did you mean 'cell'?" in str(error)
    assert not (tmp_path / "runs").exists()
    for rest, line in (
        ("where={model.cell='gru'}", "about other runs, so not judged here: loss at the end below 1 (where "),
        (
            "over_seeds='median'",
            "over several runs, so gradviz sweep judges it: loss at the end below 1, med",
        ),
    ):
        done = gradviz("-s", claim.format(rest), "--strict")
        assert done.return_value == 0
        assert done.stderr.startswith(line)


def test_a_run_that_diverges_has_failed(gradviz, tmp_path):
    done = gradviz("-s", "training.optimizer=sgd", "-s", "training.learning_rate=1e30")
    assert done.return_value == 1
    assert "lower learning_rate = 1e+30 or set clip_norm" in done.stderr
    assert done.stdout == f"{next((tmp_path / 'runs').iterdir())}\n"


def test_bad_input_makes_no_folder(gradviz, tmp_path):
    assert isinstance(gradviz("-s", "model.cell=rnm", "-s", "seed=x").exception, BadExperiment)
    assert "give only one of them" in str(gradviz("--resume", "--fresh").exception)
    assert not (tmp_path / "runs").exists()


@contextmanager
def pressed():
    interrupt = Interrupt()
    interrupt.requested = True
    yield interrupt


def test_ctrl_c_shows_how_to_continue(gradviz, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["gradviz", "run", "my file.toml", "--fresh"])
    with monkeypatch.context() as patch:
        patch.setattr(session, "deferred_interrupt", pressed)
        stopped = gradviz()
    assert isinstance(stopped.exception, Interrupted)
    assert str(stopped.exception).endswith("continue with: gradviz run 'my file.toml' --resume")
    assert isinstance(gradviz().exception, UnfinishedRun)
    assert gradviz("--resume").return_value == 0


HOPELESS = (
    "task={name='delayed_recall', length=61, symbols=2, distractors=2}",
    "training={steps=50, batch_size=4, stop_when='hopeless'}",
    "recording.every=10",
)


def test_a_stopped_run_prints_its_reason(gradviz):
    settings = [word for setting in HOPELESS for word in ("-s", setting)]
    done = gradviz(*settings)
    assert done.return_value == 0
    assert done.stderr.startswith("stopped early (stop_when): At training step 30, ")
    assert "with one fixed lag, the task was not learned." in done.stderr


def test_a_run_that_its_patience_stopped_prints_its_reason(gradviz):
    training = "training={steps=50, batch_size=4, optimizer='sgd', learning_rate=5.0, clip_value=1.0}"
    done = gradviz("-s", training, "-s", "validation={every=1, batches=1, patience=3}")
    assert done.return_value == 0
    said = "stopped early (patience): the validation loss has not improved in the last 3 evaluations: "
    assert done.stderr.startswith(said)


def test_stop_when_for_another_task_is_one_error(gradviz):
    said = str(gradviz("-s", "training.stop_when=hopeless").exception)
    assert "training.stop_when = 'hopeless': must be left out for this adding" in said


def test_figures_that_cannot_be_drawn_are_one_line(tmp_path, capsys, monkeypatch):
    """As with an MPLBACKEND that matplotlib does not know, which it says when it is imported."""

    class Refused:
        def find_spec(self, name, path=None, target=None):
            if name == "gradviz.cli.run_figures":
                raise ValueError("Key backend: 'nonsense' is not a valid value for backend")

    monkeypatch.delitem(sys.modules, "gradviz.cli.run_figures", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Refused(), *sys.meta_path])
    run_module._draw(tmp_path)
    said = capsys.readouterr()
    assert said.err == (
        "the figures could not be drawn: Key backend: 'nonsense' is not a valid value for backend\n"
    )


def own_code(tmp_path, **changes):
    table = {**TABLE, "task": "mytasks.py:make", "training": {**OWN["training"], "steps": 3}, **changes}
    write_sources(tmp_path / "mine")
    (tmp_path / "mine" / "own.toml").write_text(tomli_w.dumps(table))
    return tmp_path / "mine" / "own.toml"


def invoke(*arguments, **options):
    return CliRunner().invoke(cli, ["run", *map(str, arguments)], standalone_mode=False, **options)


def test_code_of_ones_own(tmp_path):
    done = invoke(own_code(tmp_path), "--runs", tmp_path / "runs", "-s", "task.length=5")
    assert done.return_value == 0, done.exception
    (folder,) = (tmp_path / "runs").iterdir()
    assert done.stdout == f"{folder}\n"
    assert {path.name for path in (folder / "figures").iterdir()} == {
        "gradient_heatmap.png",
        "learning_curve.png",
    }
    assert load_trained(folder)[1].batch(2, torch.Generator())[0].shape == (2, 5, 2)


def test_from_standard_input_with_paths_from_the_working_directory(tmp_path, monkeypatch):
    path = own_code(tmp_path)
    done = invoke(path, "--runs", tmp_path / "runs")
    monkeypatch.chdir(path.parent)
    again = invoke("-", "--runs", tmp_path / "runs", input=path.read_bytes())
    assert again.stdout == done.stdout
    assert "already done" in again.stderr
    wrong = invoke("-", "--runs", tmp_path / "runs", input=b"name = 'x'\ntask = 'mytask.py:make'\n")
    assert isinstance(wrong.exception, BadExperiment)
    assert "standard input: task.name = 'mytask.py:make': there is no file mytask.py; did" in str(
        wrong.exception
    )
    assert "standard input: model: missing" in str(wrong.exception)
    broken = invoke("-", input=b"name = ")
    assert str(broken.exception).startswith("standard input: is not valid TOML: ")
    assert "at most 1000000 bytes" in str(invoke("-", input=b"#" * 1_000_001).exception)
