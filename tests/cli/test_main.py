"""The command line: help, version, and exit codes of errors."""

import errno
import subprocess
import sys

import pytest
from click.testing import CliRunner

import gradviz
from gradviz.cli.main import cli, main
from gradviz.errors import BadRecording
from gradviz.experiment.run.interrupt import Interrupted
from gradviz.training.loop import Diverged


def test_help_and_version():
    runner = CliRunner()
    assert "demo" in runner.invoke(cli, ["--help"]).output
    assert "Train RNN, LSTM and GRU" in runner.invoke(cli, ["demo", "-h"]).output
    assert runner.invoke(cli, ["--version"]).output.strip().endswith(gradviz.__version__)


def run_main(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["gradviz", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    return ended.value.code


def test_an_unknown_command_is_bad_input(monkeypatch, capsys):
    assert run_main(monkeypatch, "dmeo") == 2
    assert "No such command 'dmeo'; did you mean demo?\n" in capsys.readouterr().err


@pytest.mark.parametrize(("given", "meant"), [("reprot", "report"), ("swep", "sweep"), ("Run", "run")])
def test_a_misspelled_command_is_told_the_nearest(monkeypatch, capsys, given, meant):
    assert run_main(monkeypatch, given, "--nothing") == 2
    assert f"No such command '{given}'; did you mean {meant}?\n" in capsys.readouterr().err


def test_a_command_like_no_other_is_told_all(monkeypatch, capsys):
    assert run_main(monkeypatch, "xyzzy") == 2
    assert (
        "No such command 'xyzzy'; there are demo, new, run, sweep, reproduce, figure,"
        in capsys.readouterr().err
    )
    assert run_main(monkeypatch, "--nothing") == 2
    assert "No such option" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (BadRecording("it is damaged"), 2),
        (Diverged("it diverged"), 1),
        (Interrupted("stopped"), 130),
        (OSError(errno.ENOSPC, "No space left on device"), 1),
        (FileNotFoundError("nothing there"), 2),
    ],
)
def test_how_an_error_ends(monkeypatch, capsys, error, code):
    monkeypatch.setattr(cli, "invoke", lambda _: (_ for _ in ()).throw(error))
    assert run_main(monkeypatch, "demo") == code
    assert capsys.readouterr().err == f"gradviz: {error}\n"


def test_a_file_in_place_of_the_folder_is_bad_input(monkeypatch, capsys, tmp_path):
    (tmp_path / "file").touch()
    assert run_main(monkeypatch, "demo", "-o", str(tmp_path / "file")) == 2
    assert "is a file" in capsys.readouterr().err


def test_the_installed_command_answers():
    done = subprocess.run(
        [sys.executable, "-m", "gradviz", "--version"], capture_output=True, text=True, check=True
    )
    assert gradviz.__version__ in done.stdout
