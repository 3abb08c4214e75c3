"""A command does not import what it does not use, since imports are most of the time of a short one."""

import subprocess
import sys

import pytest
import tomli_w

from gradviz.cli.figures_process import _cores

TABLE = {
    "name": "small",
    "task": {"name": "adding", "length": 6},
    "model": {"cell": "lstm", "hidden_size": 3},
    "training": {"steps": 2, "batch_size": 2, "clip_norm": 1.0},
    "recording": {"every": 1},
}


def loaded_by(arguments, modules):
    """Which of these modules a command imports."""
    code = (
        "import sys\nfrom gradviz.cli.main import cli\n"
        f"cli({arguments!r}, standalone_mode=False)\n"
        f"print([name for name in {modules!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()[-1]


@pytest.fixture
def place(tmp_path):
    (tmp_path / "small.toml").write_text(tomli_w.dumps(TABLE))
    return tmp_path


def run_command(place):
    return ["run", str(place / "small.toml"), "--runs", str(place / "runs")]


@pytest.mark.parametrize(
    ("settings", "also"),
    [
        ([], []),
        pytest.param(["-s", "training.optimizer='rmsprop'"], [], marks=pytest.mark.slow),
        pytest.param(["-s", "training.optimizer='sgd'"], [], marks=pytest.mark.slow),
        pytest.param(
            [
                *("-s", "training.stop_when='hopeless'"),
                *("-s", "task={name='delayed_recall', length=6, symbols=2, distractors=2}"),
            ],
            ["gradviz.diagnosis.diagnose"],
            marks=pytest.mark.slow,
        ),
    ],
)
@pytest.mark.slow
def test_a_run(place, settings, also):
    drawing = ["matplotlib"] if _cores() > 1 else []  # imported by another process
    heavy = [*drawing, "torch._dynamo", "torch._inductor", "gradviz.diagnosis.diagnose", "gradviz.gallery"]
    assert loaded_by([*run_command(place), *settings], heavy) == str(also)
    (figure,) = place.glob("runs/*/figures/gradient_heatmap.png")
    assert figure.stat().st_size > 0


@pytest.mark.slow
def test_a_plot(place):
    loaded_by(run_command(place), [])
    (run,) = place.glob("runs/small-*")
    picture = ["-o", str(place / "norms.png")]
    heavy = ["torch", "gradviz.diagnosis.diagnose", "gradviz.gallery"]
    assert loaded_by(["plot", str(run), "gradient_norms", *picture], heavy) == "[]"
    assert loaded_by(["diagnose", str(run)], ["torch", "matplotlib", "gradviz.gallery"]) == "[]"
