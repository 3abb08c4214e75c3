"""The claims of papers, each in a file of its own: they are about something, and can be run.

The files are at sizes of minutes; here the smallest point of each takes three steps.
"""

from pathlib import Path

import pytest

from gradviz.experiment.config.experiment_file import read_file
from gradviz.experiment.run.expectations import has_values
from gradviz.experiment.sweep.check_claims import claims_elsewhere
from gradviz.experiment.sweep.compared_runs import PointCurves, counterparts, groups
from gradviz.experiment.sweep.grid import points
from gradviz.experiment.sweep.job import do_job, job_of
from gradviz.experiment.sweep.judge_points import judge_points

FOLDER = Path(__file__).parents[2] / "experiments" / "papers"
COUNTS = {
    "arjovsky2016": 25,
    "gu2020": 20,
    "jozefowicz2015": 24,
    "tallec2018": 24,
    "le2015": 18,
    "pascanu2013": 45,
    "hochreiter1997": 15,
}
SHORT = ("training.steps=3", "training.batch_size=2", "model.hidden_size=4", "recording.every=2")


@pytest.fixture(params=COUNTS)
def paper(request):
    return request.param


def found(paper, *settings):
    return points(read_file(FOLDER / f"{paper}.toml", settings))


def test_every_file_is_here():
    assert {path.stem for path in FOLDER.glob("*.toml")} == set(COUNTS)


def test_points_and_claims(paper):
    file, all_points = read_file(FOLDER / f"{paper}.toml"), found(paper)
    assert len({point.label for point in all_points}) == len(all_points) == COUNTS[paper]
    assert len({point.experiment.seed for point in all_points}) >= 5
    experiments = [point.experiment for point in all_points]
    assert claims_elsewhere(file, experiments) == []
    curves = [PointCurves(point, None) for point in all_points]
    assert experiments[0].expect
    for claim in experiments[0].expect:
        assert not claim.is_of_the_run
        assert claim.source
        about = groups(claim, curves)
        assert about
        assert all(has_values(run.experiment, claim.conditions) for group in about for run in group.runs)
        for group in about if claim.compared_with else ():
            assert {run.experiment.seed for run in counterparts(claim, group, curves)} == {
                run.experiment.seed for run in group.runs
            }


def test_the_smallest_point_can_be_run_and_is_judged(paper, tmp_path):
    file = read_file(FOLDER / f"{paper}.toml")
    shorter = ("validation.every=3", "validation.batches=1") if "validation" in file.table else ()
    short = [setting for setting in SHORT if setting.partition("=")[0] not in file.sweep]
    point = found(paper, *short, *shorter)[0]
    result = do_job(job_of(point.experiment, tmp_path / "run"))
    assert (result.outcome, result.steps) == ("done", 3)
    known = {name: [value] * 3 for name, value in {**result.final, **result.validation}.items()}
    for verdict in judge_points([PointCurves(point, known)]):
        assert verdict.outcome in {"met", "not met", "the seeds do not tell"}
