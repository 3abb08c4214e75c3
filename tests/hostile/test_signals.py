"""Runs and sweeps that are stopped from outside: what can be saved is, and no child is left."""

import os
import signal
import subprocess
import sys
import time

import pytest
import tomli_w
from hostile.small_run import TABLE

from gradviz.experiment.config.resolve import resolve
from gradviz.experiment.run.interrupt import Interrupted, Terminated
from gradviz.experiment.run.run import run
from gradviz.recording.parts import PartWriter

LONG = {**TABLE, "name": "long", "training": {"steps": 10**7, "batch_size": 2}}


@pytest.mark.parametrize(("number", "error"), [(signal.SIGTERM, Terminated), (signal.SIGINT, Interrupted)])
def test_a_signal_while_the_parts_are_merged(tmp_path, monkeypatch, number, error):
    native = PartWriter.close

    def close(self):
        os.kill(os.getpid(), number)
        native(self)

    monkeypatch.setattr(PartWriter, "close", close)
    experiment, folder = resolve(TABLE), tmp_path / "run"
    with pytest.raises(error, match="after the last step; everything is saved"):
        run(experiment, folder)
    assert (folder / "recording.nc").exists()
    assert not (folder / "result.json").exists()
    monkeypatch.setattr(PartWriter, "close", native)
    assert run(experiment, folder, begin="resume").steps == 4


def started(tmp_path, command, table, *more):
    path = tmp_path / "experiment.toml"
    path.write_bytes(tomli_w.dumps(table).encode())
    arguments = [command, str(path), *more, "--runs", str(tmp_path / "runs")]
    return subprocess.Popen(
        [sys.executable, "-m", "gradviz", *arguments],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def wait_for_runs(tmp_path, count):
    for _ in range(900):
        if len(list(tmp_path.glob("runs/*/metrics.csv"))) >= count:
            return
        time.sleep(0.1)
    pytest.fail("the training did not begin")


def nobody_is_left(group):
    """Whether all processes of a group have ended within ten seconds."""
    for _ in range(100):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    os.killpg(group, signal.SIGKILL)
    return False


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [0.5, 1.5, 3.0])
def test_before_the_first_step(tmp_path, seconds):
    process = started(tmp_path, "run", LONG)
    time.sleep(seconds)
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=60)
    if process.returncode != -signal.SIGTERM:  # of a Python that had not reached gradviz yet
        assert process.returncode == 143
        assert said.startswith("gradviz: terminated")
        assert len(said.splitlines()) <= 2
    assert not list(tmp_path.glob("runs/*/result.json"))


@pytest.mark.slow
@pytest.mark.parametrize("to_all", [False, True])
@pytest.mark.parametrize(
    ("number", "code", "word"),
    [(signal.SIGTERM, 143, "gradviz: terminated"), (signal.SIGINT, 130, "interrupted")],
)
def test_a_sweep_ends_its_workers_which_save_their_runs(tmp_path, number, code, word, to_all):
    process = started(tmp_path, "sweep", {**LONG, "sweep": {"seed": [1, 2, 3]}}, "--workers", "2")
    wait_for_runs(tmp_path, 2)
    time.sleep(1)
    (os.killpg if to_all else os.kill)(process.pid, number)
    _, said = process.communicate(timeout=60)
    assert process.returncode == code
    assert said.splitlines()[-1] == word
    assert "Traceback" not in said
    assert nobody_is_left(process.pid)
    assert len(list(tmp_path.glob("runs/*/checkpoint.pt"))) == 2
    assert not list(tmp_path.glob("runs/*/result.json"))


@pytest.mark.slow
def test_a_second_interrupt_ends_at_once(tmp_path):
    process = started(tmp_path, "sweep", {**LONG, "sweep": {"seed": [1, 2]}}, "--workers", "2")
    wait_for_runs(tmp_path, 2)
    for _ in range(2):
        time.sleep(0.3)
        os.killpg(process.pid, signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == 130
    assert nobody_is_left(process.pid)


@pytest.mark.slow
@pytest.mark.parametrize("more", [(), ("--resume",), ("--fresh",)])
def test_of_four_commands_at_once_one_goes_on(tmp_path, more):
    table = {**TABLE, "training": {"steps": 300, "batch_size": 2}}
    four = [started(tmp_path, "run", table, *more) for _ in range(4)]
    said = [process.communicate(timeout=120)[1] for process in four]
    codes = [process.returncode for process in four]
    assert codes.count(0) >= 1  # a late one may find the run done
    for code, text in zip(codes, said, strict=True):
        assert code == 0 or (code == 2 and ("another process" in text or "unfinished run" in text))
        assert "Traceback" not in text
    (folder,) = tmp_path.glob("runs/small-*")
    run(resolve(table), tmp_path / "alone")
    assert (folder / "metrics.csv").read_bytes() == (tmp_path / "alone" / "metrics.csv").read_bytes()
