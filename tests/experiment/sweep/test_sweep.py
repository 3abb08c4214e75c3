"""A sweep runs only the points that are not done."""

import numpy as np
import pytest

import gradviz as gv
from gradviz.experiment.config.resolve import resolve
from gradviz.experiment.run.result import read_result
from gradviz.experiment.sweep.grid import Point, folder_of
from gradviz.experiment.sweep.job import do_job
from gradviz.experiment.sweep.sweep import sweep
from gradviz.experiment.sweep.sweep_table import write_sweep


@pytest.fixture
def points(small):
    return [Point({"seed": seed}, resolve(small(seed=seed, training__steps=2))) for seed in range(3)]


def here(jobs):
    """An executor in this process that does the last job first; seed 1 fails."""
    for place in reversed(range(len(jobs))):
        job = jobs[place]
        yield place, "it broke" if job.table["seed"] == 1 else do_job(job)


def test_every_point_has_its_result_and_a_second_call_runs_what_is_missing(points, tmp_path):
    ended = []
    ends = sweep(points, tmp_path, here, on_end=ended.append)
    assert [end.point.values["seed"] for end in ends] == [0, 1, 2]
    assert [end.point.values["seed"] for end in ended] == [2, 1, 0]
    assert [end.failure for end in ends] == ["", "it broke", ""]
    assert ends[0].end == read_result(folder_of(tmp_path, points[0]))

    asked = []
    again = sweep(points, tmp_path, lambda jobs: (asked.extend(jobs), [(0, do_job(jobs[0]))])[1])
    assert [job.table["seed"] for job in asked] == [1]
    assert [end.failure for end in again] == [""] * 3
    assert sweep(points, tmp_path, lambda jobs: pytest.fail("nothing is missing")) == again


def test_points_that_are_the_same_experiment_are_one_run(small, tmp_path):
    """As where the options of one initialisation are swept beside the initialisation."""
    same = [Point({"seed": 0, "model.init_options.unit": unit}, resolve(small())) for unit in (1, 2)]
    other = Point({"seed": 2}, resolve(small(seed=2)))
    asked, ended = [], []

    def execute(jobs):
        asked.extend(job.table["seed"] for job in jobs)
        return here(jobs)

    ends = sweep([same[0], other, same[1]], tmp_path, execute, on_end=ended.append)
    assert asked == [0, 2]
    assert [end.point for end in ends] == [same[0], other, same[1]]
    assert ends[0].end == ends[2].end == read_result(folder_of(tmp_path, same[0]))
    assert len(ended) == 3


def test_a_damaged_result_fails_its_point_alone(points, tmp_path):
    sweep(points[:1], tmp_path, here)
    (folder_of(tmp_path, points[0]) / "result.json").write_text("{")
    (end,) = sweep(points[:1], tmp_path, here)
    assert "result.json is damaged" in end.failure


def test_a_sweep_is_one_dataset_of_runs(small, tmp_path):
    """Horizon against length over four runs, each as on its own recording."""
    axes = [(cell, length) for cell in ("gru", "rnn") for length in (8, 12)]
    points = [
        Point(
            {"model.cell": cell, "task.length": length},
            resolve(small(model__cell=cell, task__length=length, training__steps=3)),
        )
        for cell, length in axes
    ]
    ends = sweep(points, tmp_path, here)
    write_sweep(tmp_path / "small-sweep", ends)

    runs = gv.load_runs(tmp_path / "small-sweep", measures=("horizon", "decay_rate"), steps="last")
    assert runs["run"].values.tolist() == [end.folder.name for end in ends]
    assert list(zip(runs["model.cell"].values, runs["task.length"].values, strict=True)) == axes
    assert runs["outcome"].values.tolist() == ["done"] * 4
    assert runs.attrs["model.hidden_size"] == 4
    assert runs.attrs["task.name"] == "adding"
    assert (runs["final_loss"] == [end.end.final["loss"] for end in ends]).all()
    assert runs["lag"].values.tolist() == [points[place].experiment.built_task.lag for place in range(4)]
    for end in ends:
        alone = gv.horizon(gv.load(end.folder)).isel(step=-1, layer=-1, direction=0)["horizon"]
        assert runs["horizon"].sel(run=end.folder.name) == alone
    table = runs.to_dataframe()
    by_cell = runs.groupby("model.cell").mean()["decay_rate"]
    expected = table.groupby("model.cell")["decay_rate"].mean()
    np.testing.assert_allclose(by_cell.sel({"model.cell": expected.index}), expected)
    assert gv.load_runs(tmp_path).sizes["run"] == 4
