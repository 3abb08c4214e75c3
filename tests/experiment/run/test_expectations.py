"""Claims compared with numbers."""

import math

import pytest

from gradviz.experiment.config.resolve import resolve
from gradviz.experiment.run.expectations import judge

LOSS = [1.0, 0.5, 0.1, 0.4, 0.2]


def verdict(small, curve=LOSS, **claim):
    experiment = resolve(small(expect={"metric": "loss", **claim}))
    (found,) = judge(experiment, {"loss": curve})
    return found


@pytest.mark.parametrize(
    ("claim", "value", "met"),
    [
        ({"below": 0.3}, 0.2, True),
        ({"below": 0.2}, 0.2, False),
        ({"above": 0.1}, 0.2, True),
        ({"above": 0.2}, 0.2, False),
        ({"below": 0.3, "above": 0.25}, 0.2, False),
        ({"near": 0.25, "tolerance": 0.06}, 0.2, True),
        ({"near": 0.25, "tolerance": 0.01}, 0.2, False),
        ({"below": 0.3, "at": 2}, 0.1, True),
        ({"below": 0.3, "at": 0}, 1.0, False),
        ({"below": 0.3, "over": 3}, 0.2, True),
        ({"below": 0.3, "over": 2}, pytest.approx(0.3), False),
        ({"below": 0.6, "at": 1, "over": 4}, 0.75, False),
        ({"below": 0.3, "at": 5}, None, False),
    ],
)
def test_by_hand(small, claim, value, met):
    found = verdict(small, **claim)
    assert (found.value, found.met) == (value, met)


@pytest.mark.parametrize("claim", [{"below": 1}, {"above": 0}, {"near": 0, "tolerance": 9}])
def test_nan_meets_no_claim(small, claim):
    assert not verdict(small, [math.nan], **claim).met


def test_a_claim_about_other_runs_is_left_out(small):
    claims = [
        {"metric": "loss", "below": 1, "where": {"model.cell": cell, "training.clip_norm": 1.0}}
        for cell in ("gru", "lstm")
    ]
    assert len(judge(resolve(small(expect=claims)), {"loss": LOSS})) == 1


def test_in_words(small):
    found = verdict(small, below=0.3, above=0.1, near=0.2, tolerance=0.05, at=4, over=2, source="someone")
    assert found.claim == "loss at step 4 (median of 2 steps) below 0.3 and above 0.1 and within 0.05 of 0.2"
    assert found.source == "someone"
