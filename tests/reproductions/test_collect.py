"""From runs that are done to a result: it holds what their folders hold."""

import json
import shutil

import pytest

import gradviz as gv
from gradviz.experiment.alert import decades_lost
from gradviz.experiment.run.metrics_file import read_metrics
from gradviz.reproductions import collect as module
from gradviz.reproductions.collect import collect
from gradviz.reproductions.measured_numbers import MeasureFailed
from gradviz.reproductions.paper_file import Paper
from gradviz.reproductions.result_file import read_result_file, write_result_file

pytestmark = pytest.mark.slow  # .ci/run runs them


@pytest.fixture(scope="module")
def result(done):
    paper, _, ends = done
    return collect(paper, ends).result


def test_a_record_for_every_run(result, done):
    _, _, ends = done
    assert [run.folder for run in result.runs] == [end.folder.name for end in ends]
    assert [run.seed for run in result.runs] == [0, 1, 2, 3, 4] * 2
    assert [run.point for run in result.runs[4:6]] == [
        {"model.init": "default"},
        {"model.init": "orthogonal"},
    ]
    assert {(run.outcome, run.ended_by, run.steps) for run in result.runs} == {("done", "steps", 3)}
    assert all(run.cpu_seconds > 0 for run in result.runs)
    assert {(run.task, run.lag, run.fixed_lag) for run in result.runs} == {("adding", 7, False)}
    assert (result.name, result.missing) == ("tiny", {})


def test_a_run_is_what_its_folder_says(result, done):
    _, _, ends = done
    for run, end in zip(result.runs, ends, strict=True):
        losses = read_metrics(end.folder / "metrics.csv")["loss"]
        assert run.curves["loss"].steps == (0, 1, 2)
        assert run.curves["loss"].values == pytest.approx(losses, rel=1e-3)
        assert run.learned is (sum(losses[1:]) / 2 < 0.5)
        tree = gv.load(end.folder)
        lost = [decades_lost(tree.isel(step=[step]), 7) for step in range(3)]
        assert run.curves["decades_lost"].values == pytest.approx(lost, rel=1e-3)
        assert (run.lost_early, run.lost_early_step) == (None, None)
    assert len({run.learned for run in result.runs}) == 2  # else the rule is not tested


def test_environments_are_kept_once(result, done):
    _, _, ends = done
    (environment,) = result.environments
    assert environment == json.loads((ends[0].folder / "environment.json").read_text())
    assert {run.environment for run in result.runs} == {0}


def test_claims_over_seeds_and_of_every_run(result):
    assert [(one.point["model.init"], one.outcome, one.runs) for one in result.claims] == [
        ("default", "met", 5),
        ("orthogonal", "met", 5),
        ("orthogonal", "met", 5),
    ]
    assert result.claims[0].source == "S"
    assert result.claims[2].claim.endswith("in every run")


def test_it_survives_its_file(result, tmp_path):
    write_result_file(tmp_path / "tiny.json", result)
    assert read_result_file(tmp_path / "tiny.json") == result
    assert json.loads((tmp_path / "tiny.json").read_text())["format"] == 1


def test_a_run_that_failed_is_missing(done):
    paper, _, ends = done
    found = collect(paper, [ends[0]._replace(end="its worker died"), *ends[1:]]).result
    assert found.missing == {"model.init=default, seed=0": "its worker died"}
    assert [run.seed for run in found.runs[:2]] == [1, 2]
    assert found.claims[0].outcome == "the seeds do not tell"  # four runs
    assert found.claims[0].numbers.endswith("1 more without a result")


def test_a_run_whose_metrics_are_damaged_is_missing(done, tmp_path):
    paper, _, ends = done
    broken = shutil.copytree(ends[0].folder, tmp_path / "broken")
    (broken / "metrics.csv").write_text("step,loss\n0,x\n")
    found = collect(paper, [ends[0]._replace(folder=broken), *ends[1:]]).result
    assert found.missing == {"model.init=default, seed=0": "its metrics cannot be read"}
    assert found.claims[0].runs == 4


@pytest.fixture
def measuring(done, tiny, monkeypatch):
    """The paper with a claim about a measured number, which is the seed."""
    paper, _, ends = done
    claims = [{"metric": "size", "over_seeds": "median", "near": 2.0, "tolerance": 2.5}]
    told = type(paper.told).model_validate(
        {**tiny()["reproduction"], "measured": ["sizes"], "expect": claims}
    )
    seeds = {end.folder: end.point.experiment.seed for end in ends}

    def measure(folder, name):
        if folder == ends[-1].folder:
            raise MeasureFailed(f"{name} of {folder.name}: it is broken")
        return {"size": float(seeds[folder])}

    monkeypatch.setattr(module, "measured_numbers", measure)
    return Paper(paper.file, told, paper.plan, paper.points), ends


def test_claims_about_what_was_measured(measuring):
    paper, ends = measuring
    found, troubles = collect(paper, ends)
    assert [run.measured for run in found.runs[:3]] == [{"size": 0.0}, {"size": 1.0}, {"size": 2.0}]
    first, second = found.claims[-2:]
    assert (first.outcome, first.value, first.low, first.high, first.runs) == ("met", 2.0, 0.0, 4.0, 5)
    assert (second.outcome, second.runs) == ("the seeds do not tell", 4)
    assert found.runs[-1].measured == {}
    assert len(troubles) == 1
    assert "it is broken" in troubles[0]
