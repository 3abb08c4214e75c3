"""The examples of one's own code in experiments/README.md are complete: they run as they stand there."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from gradviz.experiment.config.experiment_file import read_experiment, read_file
from gradviz.experiment.run.run import run
from gradviz.experiment.sweep.grid import points

ROOT = Path(__file__).parents[1]
BLOCK = re.compile(r"^```(?:python|toml)\n(.*?)^```", re.DOTALL | re.MULTILINE)


@pytest.fixture
def examples(tmp_path):
    """The blocks as files, named by their first line; the one without a name as ``from_python.py``."""
    text = (ROOT / "experiments" / "README.md").read_text(encoding="utf-8")
    for block in BLOCK.findall(text.partition("## Your own task")[2].partition("\n## ")[0]):
        named = re.match(r"# (\S+\.(?:py|toml))\n", block)
        (tmp_path / (named[1] if named else "from_python.py")).write_text(block, encoding="utf-8")
    return tmp_path


def test_the_file_and_its_sweep(examples):
    assert {path.name for path in examples.iterdir()} == {
        "mytasks.py",
        "mymodel.py",
        "mytraining.py",
        "own.toml",
        "from_python.py",
    }
    settings = ["training.optimizer=sgd", "training.steps=3"]  # those of torch take seconds to import
    found = points(read_file(examples / "own.toml", settings))
    assert [point.experiment.model.options["hidden_size"] for point in found] == [4, 8]
    assert found[0].experiment.task.options == {"length": 30}
    result = run(found[0].experiment, examples / "run")
    assert list(result.final) == ["loss", "mae", "largest error", "grad_norm", "grad_norm_clipped"]


@pytest.mark.slow
def test_everything_as_it_stands_there(examples):
    assert run(read_experiment(examples / "own.toml"), examples / "run").outcome == "done"
    subprocess.run(
        [sys.executable, "from_python.py"],
        check=True,
        cwd=examples,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert (examples / "runs").is_dir()
