"""gv.sweep: a grid from Python, in this process and in others."""

import subprocess
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import pytest
import torch
from PIL import Image

import gradviz as gv
from gradviz.experiment.config.validation import BadExperiment
from gradviz.experiment.own_code import source as source_module
from gradviz.experiment.sweep.main_module import main_not_imported


def configuration(small, **changes):
    return {**small(**changes), "sweep": {"model.cell": ["rnn", "gru"], "seed": range(2)}}


def test_a_grid_in_this_process(small, tmp_path):
    torch.set_num_threads(2)
    found = gv.sweep(configuration(small), runs=tmp_path, workers=0)
    assert torch.get_num_threads() == 2
    assert found.table[["model.cell", "seed"]].values.tolist() == [
        ["rnn", 0],
        ["rnn", 1],
        ["gru", 0],
        ["gru", 1],
    ]
    assert len(found) == 4
    assert [run.final["loss"] for run in found] == found.table["loss"].tolist()
    alone = gv.run({**small(), "seed": 1}, runs=tmp_path / "alone")
    assert found[3].final == alone.final
    assert found[3].folder.name == alone.folder.name
    assert found.folder == next(tmp_path.glob("small-sweep-*"))
    assert (found.failures, found.where) == ({}, "this process")
    assert repr(found).splitlines()[0] == "sweep of 4 points"
    assert "done in this process" in repr(found)
    assert "<table>" in found._repr_html_()
    assert found.picture == found.folder / "sweep.png"
    with Image.open(found.picture) as picture:
        assert len(set(picture.convert("L").tobytes())) > 10
    assert plt.get_fignums() == []


def test_a_point_that_fails_leaves_the_others(small, tmp_path):
    def sometimes(outputs, targets):
        assert len(targets) != 4, "four is too many"
        return outputs.mean()

    config = {**small(training__metric=sometimes), "sweep": {"training.batch_size": [3, 4]}}
    found = gv.sweep(config, runs=tmp_path, workers=0)
    assert list(found.failures) == ["training.batch_size=4"]
    assert "line 2, in sometimes: AssertionError: four is too many" in found.failures["training.batch_size=4"]
    assert (len(found.table), len(found)) == (2, 1)
    assert "failed: training.batch_size=4" in repr(found)


def test_mistakes(small, tmp_path):
    with pytest.raises(BadExperiment, match=r"config: has no \[sweep\] table"):
        gv.sweep(small(), runs=tmp_path)
    with pytest.raises(ValueError, match="workers = -1: must be a whole number of at least 0"):
        gv.sweep(configuration(small), runs=tmp_path, workers=-1)
    with pytest.raises(ValueError, match="workers and timeout must be left out if a scheduler is given"):
        gv.sweep(configuration(small), runs=tmp_path, workers=2, scheduler="tcp://127.0.0.1:1")
    with pytest.raises(ValueError, match="timeout must be left out if workers is 0"):
        gv.sweep(configuration(small), runs=tmp_path, workers=0, timeout=3)
    assert list(tmp_path.iterdir()) == []


def test_the_script_is_hidden_from_processes_that_start_and_then_there_again(monkeypatch):
    main = sys.modules["__main__"]
    monkeypatch.setattr(main, "__file__", "script.py", raising=False)  # a worker of the tests has none
    before = main.__file__, main.__spec__
    inside = []

    def fail():
        with main_not_imported():
            inside.extend([main.__file__, main.__spec__])
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert inside == [None, None]
    assert (main.__file__, main.__spec__) == before


SCRIPT = """
import sys
from pathlib import Path
import torch
from torch import nn
import gradviz as gv

print("started", flush=True)
SCALE = 0.5


class Mine:
    input_size, output_size = 1, 1

    def batch(self, size, generator):
        inputs = SCALE * torch.rand(size, 4, 1, generator=generator)
        return inputs, inputs.sum(1)

    def loss(self, outputs, targets):
        return (outputs - targets).pow(2).mean()


found = gv.sweep(
    {
        "name": "script",
        "task": Mine(),
        "model": {"cell": "gru", "hidden_size": 3},
        "training": {"steps": 3, "metric": lambda outputs, targets: (outputs - targets).abs().max()},
        "sweep": {"seed": [0, 1]},
    },
    runs=sys.argv[1],
    workers=2,
)
print(found.where, len(found), found.failures)
"""


@pytest.mark.slow
def test_a_script_without_a_guard_sweeps_its_own_objects_in_processes(tmp_path):
    (tmp_path / "script.py").write_text(SCRIPT)
    root = Path(gv.__file__).parents[1]
    command = [sys.executable, str(tmp_path / "script.py"), str(tmp_path / "runs")]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={"PYTHONPATH": str(root), "PATH": ""},
    )
    assert done.stdout.splitlines() == ["started", "2 processes 2 {}"], done.stderr
    assert len(list((tmp_path / "runs").glob("script-*/sources/*/Mine.py"))) == 2
    assert source_module.SOURCES == "sources"


def test_what_is_not_judged_is_noted(small, tmp_path):
    """A narrowed sweep has no point with which the claim compares."""
    claim = {"metric": "loss", "where": {"model.cell": "rnn"}, "below_that_of": {"model.cell": "gru"}}
    settings = {"model.cell": "rnn"}
    found = gv.sweep(configuration(small, expect=[claim]), runs=tmp_path, workers=0, settings=settings)
    narrowed, elsewhere = found.notes
    assert narrowed == "settings model.cell=rnn narrows the sweep over model.cell to 1 of 2 values"
    assert len(found) == 2
    assert elsewhere.startswith("about other runs, so not judged here: loss at the end below that of")
    assert found.verdicts == ()
    assert "about other runs, so not judged here" in repr(found)


def test_a_run_that_diverged_meets_no_claim_about_its_end(small, tmp_path):
    """Its last loss is infinite, which is above 0."""
    claims = [{"metric": "loss", "above": 0}, {"metric": "loss", "above": 0, "over_seeds": "median"}]
    training = {"training__optimizer": "sgd", "training__learning_rate": 1e30}
    config = {**small(expect=claims, **training), "sweep": {"seed": "0..4"}}
    found = gv.sweep(config, runs=tmp_path, workers=0)
    assert [run.outcome for run in found] == ["diverged"] * 5
    assert [run.verdicts[0].met for run in found] == [False] * 5
    assert [verdict.outcome for verdict in found.verdicts] == ["not met"]
