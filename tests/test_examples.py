"""The example scripts run as a user runs them, and do what they say."""

import os
import re
import runpy
import subprocess
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

import gradviz as gv

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
PICTURES = {
    "record": {"record.png"},
    "compare": {"compare.png"},
    "diagnose": {"diagnose.png"},
    "dynamics": {"eigenvalues.png", "lyapunov.png"},
    "sweep": {"sweep.png"},
    "compiled": {"compiled.png"},
    "min_gru": {"min_gru.png"},
    "peephole_lstm": {"peephole_lstm.png"},
    "slstm": {"slstm.png"},
    "layer_norm_lstm": {"layer_norm_lstm.png"},
    "keras_lstm": {"keras_lstm.png"},
    "keras_gates": {"keras_gates.png"},
    "distributed": {"distributed.png"},
}


@pytest.fixture
def run(monkeypatch, capsys):
    """A function that runs an example in a folder and returns what it prints; a warning is an error."""

    def run_example(name, folder, *arguments):
        folder.mkdir(exist_ok=True)
        monkeypatch.chdir(folder)
        monkeypatch.setattr(sys, "argv", [f"{name}.py", *arguments])
        runpy.run_path(str(EXAMPLES / f"{name}.py"), run_name="__main__")
        plt.close("all")
        return capsys.readouterr().out

    return run_example


def check_pictures(folder, name):
    """The pictures of an example are there and not empty, and nothing else was drawn."""
    assert {path.name for path in folder.glob("*.png")} == PICTURES[name]
    for picture in PICTURES[name]:
        with Image.open(folder / picture) as image:
            assert len(np.unique(np.asarray(image.convert("L")))) > 50


def numbers(pattern, text):
    return [float(number) for number in re.findall(pattern, text)]


def test_record(run, tmp_path):
    out = run("record", tmp_path, str(tmp_path))
    loss, baseline = numbers(r"(\d+\.\d+)", out)[:2]
    assert loss < baseline == pytest.approx(1 / 6, abs=1e-4)
    assert "30 of 300 steps recorded" in out
    tree = gv.load(tmp_path / "recording")
    assert tree["lstm"]["step"].values.tolist() == list(range(0, 300, 10))
    check_pictures(tmp_path, "record")


@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor:UserWarning")
def test_compiled(run, tmp_path):
    out = run("compiled", tmp_path, str(tmp_path), "aot_eager")
    assert "recorded with backend aot_eager: encoder, refine" in out
    check_pictures(tmp_path, "compiled")


@pytest.mark.slow
def test_compare(run, tmp_path):
    out = run("compare", tmp_path, str(tmp_path))
    assert re.findall(r"^(RNN|LSTM|GRU) ", out, re.M) == ["RNN", "LSTM", "GRU"]
    *losses, baseline = numbers(r"(?:loss|predictor) (\d+\.\d+)", out)
    assert min(losses) < baseline / 2
    assert len(losses) == 3
    check_pictures(tmp_path, "compare")


def test_diagnose_without_a_folder_writes_into_the_current_one(run, tmp_path):
    out = run("diagnose", tmp_path)
    assert out.count("TROUBLE") == 1
    assert "Leads to  The gradient vanishes" in out
    assert 'gv.initialise(model, "chrono", t_max=100)' in out
    assert "after the initialisation: healthy" in out
    check_pictures(tmp_path, "diagnose")


def test_dynamics(run, tmp_path):
    out = run("dynamics", tmp_path, str(tmp_path))
    inside, outside = numbers(r"spectral radius (\S+),", out)
    assert inside < 1 < outside
    stable, chaotic = numbers(r"largest exponent (\S+) nats", out)
    assert stable < -0.1 < 0 < chaotic
    falls, grows = numbers(r"at most 10\^(\S+) of", out)
    assert falls < -2 < 0 < grows
    check_pictures(tmp_path, "dynamics")


def test_sweep(run, tmp_path):
    out = run("sweep", tmp_path, str(tmp_path))
    assert numbers(r"forget bias (\S+):", out) == [-1, 0, 1, 2, 4]
    rates = numbers(r"loses (\S+) decades", out)
    assert rates == sorted(rates, reverse=True)
    assert rates[0] > 0.3
    assert abs(rates[-1]) < 0.05
    assert "15 networks" in out
    check_pictures(tmp_path, "sweep")


@pytest.mark.parametrize(
    ("name", "ill", "findings"),
    [
        ("min_gru", "closed", ["A gate is closed (min_gru, layer 0, update gate)"]),
        (
            "peephole_lstm",
            "closed",
            ["The state is forgotten too soon (lstm, layer 0, forget gate)"],
        ),
        (
            "slstm",
            "closed",
            ["The gradient vanishes (slstm, layer 0)", "A gate is closed (slstm, layer 0, forget gate)"],
        ),
        (
            "layer_norm_lstm",
            "no_norms",
            ["Gates are saturated on both sides (lstm, layer 0, candidate gate)"],
        ),
    ],
)
def test_cells_written_by_hand(run, tmp_path, name, ill, findings):
    out = run(name, tmp_path, str(tmp_path))
    parts = re.split(r"^(\w+): Diagnosed", out, flags=re.M)[1:]
    found = {
        case: re.findall(r"^(?:TROUBLE|WARNING) +(.*)$", text, re.M)
        for case, text in zip(parts[::2], parts[1::2], strict=True)
    }
    assert found["healthy"] == []
    assert found[ill] == findings
    assert all(found[case] for case in found.keys() - {"healthy"})
    check_pictures(tmp_path, name)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")
def test_keras(run, tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "torch")  # without one Keras asks for TensorFlow
    pytest.importorskip("keras")
    out = run("keras_lstm", tmp_path / "lstm", str(tmp_path / "lstm"))
    assert "a plain loop: 3 steps recorded" in out
    assert "fit: 4 of 20 steps recorded" in out
    check_pictures(tmp_path / "lstm", "keras_lstm")
    out = run("keras_gates", tmp_path / "gates", str(tmp_path / "gates"))
    assert numbers(r"differ by at most (\S+)", out)[0] < 1e-5
    assert all(f" {gate} " in out for gate in ("input", "forget", "candidate", "output"))
    check_pictures(tmp_path / "gates", "keras_gates")


@pytest.mark.slow
def test_distributed(tmp_path):
    """By torchrun, as its users start it; two processes that wait for each other would be a failure here."""
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    ran = subprocess.run(
        [*command, str(EXAMPLES / "distributed.py"), str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert "sequences of each rank: {0: 16, 1: 16}" in ran.stdout
    assert gv.load(tmp_path / "recording")["lstm"]["rank"].values.tolist() == [0] * 16 + [1] * 16
    check_pictures(tmp_path, "distributed")


def test_every_example_is_tested_and_listed():
    names = {path.stem for path in EXAMPLES.glob("*.py")}
    assert names == set(PICTURES)
    listed = re.findall(r"^- `(\w+)\.py`: \S", (EXAMPLES / "README.md").read_text(encoding="utf-8"), re.M)
    assert sorted(listed) == sorted(names)


@pytest.mark.parametrize("name", PICTURES)
def test_an_example_is_short(name):
    lines = (EXAMPLES / f"{name}.py").read_text(encoding="utf-8").splitlines()
    assert 15 <= len(lines) <= 60
