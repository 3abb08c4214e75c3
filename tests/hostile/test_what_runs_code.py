"""What is said in SECURITY.md: looking at a run or a recording of someone else runs none of their code."""

import io
import socket
import sys
from pathlib import Path

import h5py
import pytest
import tomli_w
import tomllib
import torch

import gradviz as gv
from gradviz.cli.main import main
from gradviz.experiment.config.resolve import resolve
from gradviz.experiment.run.run import run
from gradviz.experiment.run.validation_files import CannotResume
from gradviz.recording.load import load
from gradviz.recording.sealed_zip import sealed_zip
from gradviz.report.live import page_server

TABLE = {
    "name": "letters",
    "task": {"name": "text", "window": 4},
    "model": {"cell": "lstm", "hidden_size": 4},
    "training": {"steps": 2, "batch_size": 2},
    "recording": {"every": 1},
}
PLANTED = """
from pathlib import Path
Path({marker!r}).touch()
def make(*given, **options): ...
"""


class Payload:
    """Unpickled, it makes a file."""

    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return Path.touch, (self.marker,)


@pytest.fixture
def marker(tmp_path):
    """A file that is there if planted code has run."""
    return tmp_path / "code has run"


@pytest.fixture
def folder(tmp_path):
    """A run of a character model, as it would come from someone else."""
    run(resolve(TABLE), tmp_path / "run")
    return tmp_path / "run"


@pytest.fixture
def gradviz(tmp_path, monkeypatch, capsys):
    """The exit code and the messages of a command."""

    def call(*arguments):
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", ["gradviz", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        return ended.value.code, capsys.readouterr().err

    return call


def plant(folder, marker, key):
    """Let the run's configuration name code in its folder that makes the marker."""
    source = folder / "planted.py"
    source.write_text(PLANTED.format(marker=str(marker)))
    table = tomllib.loads((folder / "config.toml").read_text())
    part, name = key.split(".")
    table[part][name] = f"{source}:make"
    (folder / "config.toml").write_text(tomli_w.dumps(table))


@pytest.mark.parametrize("key", ["model.make", "training.optimizer", "training.metric"])
def test_the_folder_of_a_run_is_looked_at_without_running_its_code(folder, gradviz, marker, key):
    plant(folder, marker, key)
    code, said = gradviz("report", folder, "-o", "page.html")
    assert code == 0
    assert f"{key} names code, which is not run to read a text" in said
    code, said = gradviz("plot", folder, "text")
    assert code == 2
    assert f"{key} names code" in said
    assert gradviz("plot", folder, "learning_curve")[0] == 0
    assert gradviz("diagnose", folder)[0] in (0, 1)
    gv.diagnose(load(folder))
    assert not marker.exists()


def test_what_does_run_it(folder, marker):
    """The marker is seen where code is run, so that its absence means something."""
    plant(folder, marker, "training.metric")
    with pytest.raises(Exception, match=r"."):
        gv.load_trained(folder)
    assert marker.exists()


def test_a_checkpoint_is_not_unpickled(folder, marker):
    file = io.BytesIO()
    torch.save({"experiment": Payload(marker), "training": {}}, file)
    (folder / "checkpoint.pt").write_bytes(sealed_zip(file))
    with pytest.raises(CannotResume, match="damaged"):
        gv.load_trained(folder)
    assert not marker.exists()
    torch.load(io.BytesIO(file.getvalue()), weights_only=False)
    assert marker.exists()


def test_a_recording_with_objects_in_it_is_refused(folder, marker):
    import pickle

    path = folder / "objects.nc"
    with h5py.File(path, "w") as file:
        file.attrs["gradviz_format"] = 2
        file["values"] = bytearray(pickle.dumps(Payload(marker)))
        file["objects"] = h5py.Empty("f")
    with pytest.raises(gv.errors.BadRecording):
        load(path)
    assert not marker.exists()


def test_the_live_page_is_served_to_this_machine_only():
    with page_server.PageServer(None, 0) as server:
        assert server.server_address[0] == "127.0.0.1"
        assert socket.gethostbyname("localhost") == "127.0.0.1"
