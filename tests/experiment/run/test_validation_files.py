"""The files of a validation, and the claims about it."""

import pytest

from gradviz.experiment.config.resolve import resolve
from gradviz.experiment.run.expectations import judge
from gradviz.experiment.run.validation_files import (
    evaluations_of,
    validation_curves,
    validation_summary,
    write_validation,
)
from gradviz.training.validation_set import Evaluation

FOUND = [Evaluation(step, loss, 1 - loss) for step, loss in ((9, 0.5), (19, 0.3), (29, 0.4), (39, 0.2))]


def test_the_table(tmp_path):
    write_validation(tmp_path, FOUND[:2], "accuracy")
    assert (tmp_path / "validation.csv").read_text() == "step,loss,accuracy\n9,0.5,0.5\n19,0.3,0.7\n"
    write_validation(tmp_path, [Evaluation(0, 2.0, None, 5)], "accuracy")
    assert (tmp_path / "validation.csv").read_text() == "step,loss,sequence_length\n0,2.0,5\n"
    write_validation(tmp_path, [], "accuracy")
    assert (tmp_path / "validation.csv").read_text() == "step,loss\n"


@pytest.mark.parametrize(
    ("claim", "value", "met"),
    [
        ({"below": 0.3}, 0.2, True),
        ({"below": 0.1}, 0.2, False),
        ({"over": 3, "below": 1}, 0.3, True),
        ({"at": 25, "below": 1}, 0.3, True),
        ({"at": 29, "over": 2, "below": 1}, 0.35, True),
        ({"at": 9, "over": 5, "below": 1}, 0.5, True),
        ({"at": 40, "below": 1}, None, False),
    ],
)
def test_claims_are_medians_of_evaluations_up_to_a_step(small, claim, value, met):
    table = small(
        training__steps=50,
        validation={"every": 10},
        expect=[{"metric": "validation_loss", **claim}, {"metric": "loss", "above": 0}],
    )
    curves = validation_curves(FOUND, "mse")
    assert set(curves) == {"validation_loss", "validation_mse"}
    first, second = judge(resolve(table), {"loss": [1.0] * 40}, curves)
    assert first.value == (None if value is None else pytest.approx(value))
    assert (first.met, second.met) == (met, True)
    if claim.get("over"):
        there = f"(median of {claim['over']} evaluations)", "(of 1 evaluation: there are no more yet)"
        assert there[claim.get("at") == 9] in first.claim


def test_a_run_without_an_evaluation_meets_no_claim_about_it(small):
    table = small(validation={"every": 9}, expect={"metric": "validation_mse", "below": 1})
    (verdict,) = judge(resolve(table), {"loss": [1.0]}, validation_curves([], "mse"))
    assert (verdict.value, verdict.met) == (None, False)


def test_the_summary():
    state = {"validation": {"evaluations": [tuple(one) for one in FOUND], "best": tuple(FOUND[1])}}
    assert evaluations_of(state) == FOUND
    assert validation_summary(state, "accuracy") == {
        "validation_loss": 0.2,
        "validation_accuracy": 0.8,
        "best_validation_loss": 0.3,
        "best_validation_step": 19.0,
    }
    assert validation_summary({}, "accuracy") == {}
