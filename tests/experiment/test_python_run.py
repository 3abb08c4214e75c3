"""gv.run: the run of the command, from Python, with objects."""

import json
import threading

import pytest
import tomli_w
import torch
from own_sources import TABLE, write_sources
from torch import nn

import gradviz as gv
from gradviz.experiment import python_run
from gradviz.experiment.config.experiment_file import read_experiment
from gradviz.experiment.config.validation import BadExperiment
from gradviz.experiment.run.folder import run_folder
from gradviz.experiment.run.interrupt import Interrupted
from gradviz.experiment.run.run import UnfinishedRun
from gradviz.experiment.run.trained import load_trained


def notebook(scale):
    """What a notebook might define."""

    class Ones:
        input_size = 1
        output_size = 1

        def __init__(self, length=4):
            self.length = length

        def batch(self, size, generator):
            inputs = scale * torch.rand(size, self.length, 1, generator=generator)
            return inputs, inputs.sum(1)

        def loss(self, outputs, targets):
            return (outputs - targets).pow(2).mean()

    def make(task, hidden_size=3):
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.layer = nn.RNN(task.input_size, hidden_size, batch_first=True)
                self.head = nn.Linear(hidden_size, 1)

            def forward(self, inputs):
                return self.head(self.layer(inputs)[0][:, -1])

        return Net()

    def error(outputs, targets):
        return (outputs - targets).abs().max()

    training = {"steps": 4, "batch_size": 2, "metric": error}
    return {"name": "mine", "task": Ones(5), "model": {"make": make, "hidden_size": 2}, "training": training}


def test_a_dict_is_the_run_of_its_file(small, tmp_path):
    result = gv.run({**small(), "task": gv.tasks.adding(length=8)}, runs=tmp_path)
    (tmp_path / "small.toml").write_text(tomli_w.dumps(small()))
    assert result.folder == run_folder(tmp_path, read_experiment(tmp_path / "small.toml"))
    again = gv.run(tmp_path / "small.toml", runs=str(tmp_path))
    assert again == result
    assert (result.outcome, result.steps, result.name, result.message) == ("done", 6, "small", "")
    assert result.final == json.loads((result.folder / "result.json").read_text())["final"]


def test_what_it_returns(small, tmp_path):
    claim = {"metric": "loss", "above": 1e9, "source": "someone"}
    result = gv.run(small(expect=[claim]), runs=tmp_path)
    assert result.metrics.shape == (6, 4)
    assert result.metrics["loss"].iloc[-1] == result.final["loss"]
    assert list(result.metrics.index) == [0, 1, 2, 3, 4, 5]
    assert result.tree.attrs["lag"] == 7
    assert [verdict.met for verdict in result.verdicts] == [False]
    weights = load_trained(result.folder)[0].state_dict()
    assert all(torch.equal(value, weights[name]) for name, value in result.model.state_dict().items())
    shown = repr(result).splitlines()
    assert len(shown) <= 10
    assert shown[0] == "run 'small'"
    assert any("0 of 1 met" in line for line in shown)
    assert "<table>" in result._repr_html_()


def test_objects_of_a_notebook(tmp_path):
    result = gv.run(notebook(1.0), runs=tmp_path)
    assert list(result.final) == ["loss", "error", "grad_norm", "grad_norm_clipped"]
    assert gv.run(notebook(1.0), runs=tmp_path).folder == result.folder
    assert gv.run(notebook(2.0), runs=tmp_path).folder != result.folder
    names = {path.name for path in (result.folder / "sources").rglob("*.py")}
    assert names == {"Ones.py", "make.py", "error.py"}
    assert result.model.layer.hidden_size == 2


def test_it_can_be_resumed(small, tmp_path, monkeypatch):
    real = python_run.run_in_folder

    def interrupted(*given, on_step, **options):
        def at_two(step):
            on_step(step)
            if step.step == 2:
                raise KeyboardInterrupt

        return real(*given, on_step=at_two, **options)

    monkeypatch.setattr(python_run, "run_in_folder", interrupted)
    with pytest.raises(KeyboardInterrupt):
        gv.run(small(), runs=tmp_path)
    monkeypatch.setattr(python_run, "run_in_folder", real)
    with pytest.raises(UnfinishedRun, match='begin="resume" continues it, begin="fresh" starts it again'):
        gv.run(small(), runs=tmp_path)
    result = gv.run(small(), runs=tmp_path, begin="resume")
    assert result.final == gv.run(small(), runs=tmp_path / "other").final
    assert gv.run(small(), runs=tmp_path, begin="fresh").final == result.final


def test_an_interrupted_run_says_how_to_go_on(small, tmp_path, monkeypatch):
    def interrupted(*_, **__):
        raise Interrupted("interrupted after step 2; everything is saved")

    monkeypatch.setattr(python_run, "run_in_folder", interrupted)
    with pytest.raises(Interrupted, match=r'everything is saved; gv.run\(..., begin="resume"\) continues'):
        gv.run(small(), runs=tmp_path)


def test_in_another_thread_than_the_main_one(small, tmp_path):
    found = []
    thread = threading.Thread(target=lambda: found.append(gv.run(small(), runs=tmp_path)))
    thread.start()
    thread.join()
    assert [one.outcome for one in found] == ["done"]


def test_mistakes(small, tmp_path):
    with pytest.raises(BadExperiment, match=r"^config: model.cell: unknown cell 'gro'"):
        gv.run(small(model__cell="gro"), runs=tmp_path)
    with pytest.raises(ValueError, match="unknown begin 'again'"):
        gv.run(small(), runs=tmp_path, begin="again")
    assert list(tmp_path.iterdir()) == []


def test_paths_of_a_dict_are_relative_to_the_working_directory(tmp_path, monkeypatch):
    write_sources(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert gv.run(TABLE, settings={"training.steps": 2}).folder.parent.resolve() == tmp_path / "runs"


def test_a_claim_that_the_run_does_not_tell_is_noted(small, tmp_path):
    claims = [
        {"metric": "loss", "below": 1e9},
        {"metric": "loss", "below": 1e9, "over_seeds": "median"},
    ]
    result = gv.run(small(expect=claims), runs=tmp_path)
    line = "over several runs, so gradviz sweep judges it: loss at the end below 1e+09, median over the seeds"
    assert (len(result.verdicts), result.notes) == (1, (line,))
    assert line in repr(result)
