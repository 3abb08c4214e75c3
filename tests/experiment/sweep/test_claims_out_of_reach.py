"""A claim over more values than a run has is a mistake in a file, and a remark if an override made it so."""

import pytest
import tomli_w

from gradviz.experiment.config.experiment_file import read_file, single_run
from gradviz.experiment.config.validation import BadExperiment
from gradviz.experiment.sweep.claims_out_of_reach import claims_out_of_reach


@pytest.fixture
def check(tmp_path, small):
    """A function: what is said of a claim on a run of 20 steps with an evaluation after each three."""
    path = tmp_path / "small.toml"

    def make(claim, *settings):
        table = small(training__steps=20, expect=[{"metric": "validation_loss", **claim}])
        path.write_text(tomli_w.dumps({**table, "validation": {"every": 3, "batches": 1}}))
        file = read_file(path, settings)
        return claims_out_of_reach(file, [single_run(file)])

    return make


@pytest.mark.parametrize("claim", [{"until_below": 1.0}, {"below": 1.0, "over_steps": "all"}])
def test_more_evaluations_than_there_are(check, claim):
    assert check({**claim, "over": 7}) == []
    with pytest.raises(BadExperiment) as error:
        check({**claim, "over": 8})
    assert str(error.value).partition("small.toml: ")[2] == (
        "expect[0].over = 8: a run has only 7 evaluations, so that the claim can never be met"
    )


def test_more_steps_than_there_are(check):
    assert check({"metric": "loss", "until_below": 1.0, "over": 20}) == []
    with pytest.raises(BadExperiment, match="a run has only 20 steps"):
        check({"metric": "loss", "until_below": 1.0, "over": 21})


def test_the_median_of_fewer_is_that_of_those_that_there_are(check):
    assert check({"below": 1.0, "over": 8}) == []


def test_a_run_that_an_override_made_short_only_says_so(check):
    assert check({"until_below": 1.0, "over": 7}, "training.steps=3") == [
        "cannot be met in 1 evaluation: validation_loss < 1 (median of 7 evaluations) at some step"
    ]


def test_only_the_runs_that_it_is_about_count(check):
    assert check({"until_below": 1.0, "over": 8, "where": {"model.hidden_size": 99}}) == []
