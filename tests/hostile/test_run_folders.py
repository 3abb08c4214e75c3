"""Runs whose files were replaced or damaged, and runs that are stopped from outside."""

import os
import signal
import subprocess
import sys
import time

import pytest
import tomli_w
import torch
from hostile.small_run import TABLE

from gradviz.cli.main import main

FILES = ("result.json", "metrics.csv", "recording.nc", "checkpoint.pt", "config.toml", "environment.json")


@pytest.fixture
def gradviz(tmp_path, monkeypatch, capsys):
    """The exit code and the message of a command."""

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["gradviz", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        return ended.value.code, capsys.readouterr().err

    return call


@pytest.fixture
def run(gradviz, tmp_path, monkeypatch):
    """``gradviz run`` of the small experiment; without its figures, which cost a second each."""
    monkeypatch.setattr("gradviz.cli.run._draw", lambda folder: None)
    path = tmp_path / "small.toml"
    path.write_bytes(tomli_w.dumps(TABLE).encode())
    return lambda *more: gradviz("run", path, "--runs", tmp_path / "runs", *more)


@pytest.fixture
def folder(run, tmp_path):
    """The folder of a run that is done."""
    assert run()[0] == 0
    (found,) = (tmp_path / "runs").iterdir()
    return found


GARBAGE = {
    "random bytes": lambda whole: bytes(range(256)) * 8,
    "nothing": lambda whole: b"",
    "cut": lambda whole: whole[: len(whole) // 2],
    "text": lambda whole: b"hello, world\n" * 20,
    "NULs": lambda whole: b"\x00" * len(whole),
    "a list": lambda whole: b"[1, 2, 3]",
    "nested deeply": lambda whole: b"[" * 20_000,
}


@pytest.mark.slow
@pytest.mark.parametrize("damage", GARBAGE)
@pytest.mark.parametrize("name", ["result.json", "metrics.csv", "recording.nc"])
def test_a_damaged_run_is_not_called_done(run, gradviz, folder, name, damage):
    target = folder / name
    target.write_bytes(GARBAGE[damage](target.read_bytes()))
    for options in (("--resume",), ()):
        code, said = run(*options)
        assert code == 2
        assert name in said
        assert "--fresh starts" in said
    assert run("--fresh")[0] == 0
    assert run()[0] == 0


def test_a_recording_that_was_overwritten_is_not_called_done(run, folder):
    (folder / "recording.nc").write_bytes(b"hello, world\n" * 20)
    code, said = run("--resume")
    assert code == 2
    assert "recording.nc" in said
    assert "--fresh starts the run again" in said


@pytest.mark.slow
@pytest.mark.parametrize("name", ["metrics.csv", "recording.nc"])
def test_a_run_that_lost_a_file_is_not_called_done(run, folder, name):
    (folder / name).unlink()
    code, said = run("--resume")
    assert code == 2
    assert name in said


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("step,loss\n0,0.5\n1\n2,0.5\n3,0.5\n", "row 2 has 1 values; expected 2"),
        ("step,loss\n0,0.5\n1,many\n", "row 2: could not convert"),
        ("0,0.5\n1,0.5\n", "first row does not name the columns"),
        ("step,loss\n0,0.5\n5,0.5\n", "row 2 is of step 5; expected 1"),
        ("step,loss,loss\n0,0.5,1\n", "first row does not name the columns"),
        ("step,loss\n0,0.\x00\n", "metrics.csv is damaged"),
        ('step,loss\n0,"0.5\n', "metrics.csv is damaged"),
    ],
)
def test_what_is_wrong_with_the_metrics(run, folder, text, message):
    (folder / "metrics.csv").write_text(text)
    code, said = run("--resume")
    assert code == 2
    assert message in said


@pytest.mark.slow
@pytest.mark.parametrize("name", FILES)
def test_a_pipe_a_folder_or_a_broken_link_in_place_of_a_file(run, folder, name):
    target = folder / name
    for make, kind in (
        (lambda: os.mkfifo(target), "a named pipe"),
        (target.mkdir, "a folder"),
        (lambda: target.symlink_to("/dev/zero"), "a device"),
        (lambda: target.symlink_to("nowhere"), "a link that leads to nothing"),
        (lambda: target.symlink_to(target), "a link that leads to nothing"),
    ):
        if target.is_dir():
            target.rmdir()
        else:
            target.unlink()
        make()
        code, said = run("--resume")
        assert code == 2
        assert f"gradviz: {target} is {kind}; expected a file\n" in said
    assert run("--fresh")[0] == 0


@pytest.mark.parametrize("command", [("diagnose",), ("plot", "learning_curve")])
@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, lambda path: os.symlink("nowhere", path)])
def test_a_recording_that_is_not_a_file(gradviz, tmp_path, make, command):
    make(tmp_path / "recording.nc")
    code, said = gradviz(command[0], tmp_path, *command[1:])
    assert code == 2
    assert said.startswith("gradviz: ")


@pytest.fixture
def unfinished(folder):
    """The folder as it is when the last checkpoint is written and nothing more."""
    (folder / "result.json").unlink()
    return folder


def changed_checkpoint(folder, **values):
    path = folder / "checkpoint.pt"
    torch.save({**torch.load(path, weights_only=True), **values}, path)


def test_an_unfinished_run_is_finished(run, unfinished):
    assert run("--resume")[0] == 0
    assert (unfinished / "result.json").exists()


@pytest.mark.parametrize(
    ("values", "message"),
    [
        pytest.param({"training": [1]}, "holds a list in place of a training", marks=pytest.mark.slow),
        ({"training": {"run": "01234567"}}, "is of another run"),
        pytest.param({"training": {"model": {}}, "outcome": ""}, "cannot be resumed", marks=pytest.mark.slow),
        pytest.param({"parts": -1}, "number of parts", marks=pytest.mark.slow),
        pytest.param({"seconds": "long"}, "time of the training", marks=pytest.mark.slow),
        pytest.param({"outcome": "perhaps"}, "how the training ended", marks=pytest.mark.slow),
    ],
)
def test_a_checkpoint_of_something_else(run, unfinished, values, message):
    changed_checkpoint(unfinished, **values)
    code, said = run("--resume")
    assert code == 2
    assert message in said
    assert not (unfinished / "result.json").exists()


@pytest.mark.slow
@pytest.mark.parametrize("damage", GARBAGE)
@pytest.mark.parametrize("name", ["checkpoint.pt", "recording.nc"])
def test_damaged_files_of_an_unfinished_run(run, unfinished, name, damage):
    target = unfinished / name
    target.write_bytes(GARBAGE[damage](target.read_bytes()))
    code, said = run("--resume")
    assert code == 2
    assert name in said
    assert not (unfinished / "result.json").exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "code", "word"), [(signal.SIGTERM, 143, "terminated"), (signal.SIGINT, 130, "interrupted")]
)
def test_a_signal_saves_the_run(tmp_path, number, code, word):
    path = tmp_path / "long.toml"
    table = {**TABLE, "name": "long", "training": {"steps": 10**7, "batch_size": 2}}
    path.write_bytes(tomli_w.dumps(table).encode())
    arguments = ["run", str(path), "--runs", str(tmp_path / "runs")]
    process = subprocess.Popen(
        [sys.executable, "-m", "gradviz", *arguments], stderr=subprocess.PIPE, text=True
    )
    for _ in range(600):
        if list(tmp_path.glob("runs/*/metrics.csv")):
            break
        time.sleep(0.1)
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    assert process.returncode == code
    assert f"gradviz: {word} after step" in said
    assert "continue with: gradviz run" in said
    (folder,) = (tmp_path / "runs").iterdir()
    assert (folder / "checkpoint.pt").exists()
    assert not (folder / "result.json").exists()
