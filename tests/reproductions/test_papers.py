"""The claims of the papers, a file each: they are told whole, are about something, and can be run.

The files are at sizes of minutes; here the smallest point of each takes three steps.
"""

from pathlib import Path

import pytest

from gradviz.experiment.config.experiment_file import read_file
from gradviz.experiment.config.reproduction_schema import Reproduction
from gradviz.experiment.config.shipped_experiments import shipped_experiments, shipped_reproductions
from gradviz.experiment.run.expectations import has_values
from gradviz.experiment.sweep.compared_runs import PointCurves, counterparts, groups
from gradviz.experiment.sweep.grid import points
from gradviz.experiment.sweep.job import do_job, job_of
from gradviz.experiment.sweep.judge_points import judge_points
from gradviz.reproductions.claim_records import verdict_on_run
from gradviz.reproductions.paper_file import read_paper

pytestmark = pytest.mark.slow  # .ci/run runs them

FOLDER = Path(__file__).parents[2] / "experiments" / "papers"
PAPERS = sorted(path.stem for path in FOLDER.glob("*.toml"))
TEXTS = [name for name, field in Reproduction.model_fields.items() if field.annotation is str]
LATER = {"why_not", "would_decide", "read_on"}  # written after the runs, where there is something to say
SEEDS = 5


@pytest.fixture(scope="module", params=PAPERS)
def paper(request):
    return read_paper(FOLDER / f"{request.param}.toml")


def test_they_come_with_gradviz_by_names_that_no_experiment_has():
    assert list(shipped_reproductions()) == PAPERS
    assert not set(PAPERS) & set(shipped_experiments())


def test_everything_is_told(paper):
    assert paper.told.differs
    assert all(text.strip() for text in paper.told.differs)
    missing = [name for name in TEXTS if not getattr(paper.told, name).strip()]
    assert not set(missing) - LATER
    assert paper.told.link.startswith("https://")
    assert len(paper.told.title or paper.told.claim) <= 120
    assert bool(paper.told.read_of) == bool(paper.told.read_on)


def test_its_runs_are_different_and_have_seeds_enough(paper):
    labels = [point.label for point in paper.points]
    assert len(set(labels)) == len(labels)
    seeds = {}
    for point in paper.points:
        rest = repr({key: value for key, value in point.values.items() if key != "seed"})
        seeds.setdefault(rest, set()).add(point.experiment.seed)
    assert min(map(len, seeds.values())) >= SEEDS
    assert {point.experiment.name for point in paper.points} == {paper.name}


def test_claims_are_about_runs_and_compare_equal_seeds(paper):
    curves = [PointCurves(point, None) for point in paper.points]
    from_the_paper = paper.points[0].experiment.expect
    assert all(claim.source for claim in from_the_paper)
    claims = [*from_the_paper, *paper.told.expect]
    assert any(not claim.is_of_the_run for claim in claims)
    for claim in claims:
        about = groups(claim, curves)
        assert about
        assert all(has_values(run.experiment, claim.conditions) for group in about for run in group.runs)
        for group in about if claim.compared_with else ():
            assert {run.experiment.seed for run in counterparts(claim, group, curves)} == {
                run.experiment.seed for run in group.runs
            }


def test_the_smallest_point_can_be_run_and_is_judged(paper, tmp_path):
    point = points(read_file(paper.file.path, short(paper)))[0]
    training = point.experiment.training.model_copy(
        update={"steps": 3}
    )  # which a sweep may give to each point
    result = do_job(job_of(point.experiment.model_copy(update={"training": training}), tmp_path / "run"))
    assert (result.outcome, result.steps) == ("done", 3)
    known = {name: [value] * 3 for name, value in {**result.final, **result.validation}.items()}
    curves = PointCurves(point, known)
    for verdict in judge_points([curves]):
        assert verdict.outcome in {"met", "not met", "the seeds do not tell"}
    if paper.told.learned is not None and has_values(point.experiment, paper.told.learned.conditions):
        assert verdict_on_run(paper.told.learned, curves) is not None


def short(paper):
    """Settings with which the first point of a paper takes a moment."""
    table = paper.file.table
    settings = ["training.batch_size=2", "recording.every=2"]
    if "cell" in table.get("model", {}):
        settings.append("model.hidden_size=4")
    if "validation" in table:
        settings += ["validation.every=3", "validation.batches=1"]
    return settings
