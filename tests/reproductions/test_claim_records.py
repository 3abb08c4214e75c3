"""Claims of single runs are about every run, and claims over seeds are what the sweep says of them."""

import pytest

from gradviz.diagnosis.reliability import wilson
from gradviz.experiment.config.claim_schema import Expectation
from gradviz.experiment.sweep.compared_runs import PointCurves
from gradviz.experiment.sweep.judge_points import judge_points
from gradviz.reproductions.claim_records import claim_records, verdict_on_run
from gradviz.reproductions.paper_file import read_paper


@pytest.fixture
def points(tiny, write):
    """Runs whose loss at the end is 0.1 to 0.5 by seed, ten times that for the other initialisation."""
    found = []
    for point in read_paper(write(tiny())).points:
        scale = 10 if point.values["model.init"] == "orthogonal" else 1
        found.append(PointCurves(point, {"loss": [9.0, scale * (point.experiment.seed + 1) / 10]}))
    return found


def test_every_run_must_meet_a_claim_of_a_single_run(points):
    claim = Expectation(metric="loss", below=0.6, source="S")
    first, second = claim_records([claim], points)
    assert (first.point, second.point) == ({"model.init": "default"}, {"model.init": "orthogonal"})
    assert (first.outcome, first.value, first.runs) == ("met", 1.0, 5)
    assert (second.outcome, second.value) == ("not met", 0.0)
    assert first.claim == "loss at the end below 0.6, in every run"
    assert (first.low, first.high) == pytest.approx(wilson(5, 5), rel=1e-3)
    assert [one.value for one in first.values] == [0.1, 0.2, 0.3, 0.4, 0.5]
    assert first.source == "S"


def test_one_run_that_does_not_is_enough(points):
    (record,) = claim_records(
        [Expectation(metric="loss", below=0.5, where={"model.init": "default"})], points
    )
    assert (record.outcome, record.value) == ("not met", 0.8)
    assert record.numbers.startswith("4 of 5 runs (")


def test_runs_without_a_result_are_told(points):
    lacking = [points[0]._replace(metrics=None), *points[1:5]]
    (record,) = claim_records([Expectation(metric="loss", below=0.6)], lacking)
    assert (record.outcome, record.runs) == ("met", 4)
    assert record.numbers.endswith("; 1 more without a result")
    none = [one._replace(metrics=None) for one in points[:5]]
    (record,) = claim_records([Expectation(metric="loss", below=0.6)], none)
    assert (record.outcome, record.value, record.runs) == ("not met", None, 0)


def test_a_limit_that_is_not_reached_has_the_steps_of_the_run(points):
    claim = Expectation(metric="loss", until_below=0.15, where={"model.init": "default"})
    (record,) = claim_records([claim], points)
    assert [(one.value, one.at_least) for one in record.values[:2]] == [(2.0, None), (None, 2.0)]


def test_a_run_that_diverged_has_not_learned(points):
    rule = Expectation(metric="loss", below=0.6)
    assert verdict_on_run(rule, points[0]).met
    assert not verdict_on_run(rule, points[0]._replace(diverged=True)).met


def test_a_rule_about_other_runs_says_nothing(points):
    rule = Expectation(metric="loss", below=0.6, where={"model.init": "orthogonal"})
    assert verdict_on_run(rule, points[0]) is None


def test_claims_over_seeds_are_those_of_the_sweep(points):
    claims = [
        Expectation(metric="loss", above=0.2, over_seeds="median"),
        Expectation(
            metric="loss", below_that_of={"model.init": "orthogonal"}, where={"model.init": "default"}
        ),
    ]
    records = claim_records(claims, points)
    own = [
        one._replace(
            point=one.point._replace(experiment=one.experiment.model_copy(update={"expect": tuple(claims)}))
        )
        for one in points
    ]
    verdicts = judge_points(own)
    assert [record.numbers for record in records] == [verdict.numbers for verdict in verdicts]
    assert [record.outcome for record in records] == ["the seeds do not tell", "met", "met"]
    assert [one.compared for one in records[2].values] == [False] * 5 + [True] * 5
