"""The examples in ``experiments/README.md`` about tasks, initialisations and the projection are valid."""

import re
from pathlib import Path

import pytest
from mnist_files import write_mnist

from gradviz.experiment.config.experiment_file import ExperimentFile
from gradviz.experiment.config.resolve import resolve
from gradviz.experiment.config.toml import parse
from gradviz.experiment.sweep.grid import points

README = (Path(__file__).parents[3] / "experiments" / "README.md").read_text(encoding="utf-8")
SECTION = README.partition("## A file of your own")[2].partition("\nPyTorch warns once")[0]
TASKS, INITS, SWEEP = re.findall(r"```toml\n(.*?)```", SECTION, re.DOTALL)


@pytest.mark.parametrize("line", TASKS.splitlines())
def test_tasks(small, line, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data" / "MNIST" / "raw").mkdir(parents=True)
    write_mnist(tmp_path / "data" / "MNIST" / "raw")
    task = parse(line)["task"]
    resolved = resolve(small(task=task))
    assert task.items() <= resolved.table()["task"].items()


def test_initialisations_and_a_projection(small):
    model = resolve(small(**parse(INITS))).model
    assert model.initialisations == [("orthogonal", {"gain": 1.1}), ("forget_bias", {"value": 2.0})]
    assert model.projection == 32


def test_a_sweep_over_initialisations(small):
    table = parse(SWEEP)
    sweep = table.pop("sweep")
    file = ExperimentFile(
        Path("x.toml"), (), small(model__init_options=table["model"]["init_options"]), sweep
    )
    chrono = ("chrono", {"t_max": 100})
    assert [point.experiment.model.initialisations for point in points(file)] == [
        [("default", {})],
        [chrono],
        [("orthogonal", {"gain": 1.0}), chrono],
    ]
