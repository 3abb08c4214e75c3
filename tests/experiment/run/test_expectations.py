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


@pytest.mark.parametrize("claim", [{"below": 1}, {"above": 0}, {"near": 0, "tolerance": 9}])
@pytest.mark.parametrize("last", [0.2, math.inf])
def test_a_run_that_diverged_has_no_value_at_its_end(small, claim, last):
    """Its last loss may be finite, where only the gradient was not; so is its last evaluation."""
    experiment = resolve(small(expect=[{"metric": "loss", **claim}, {"metric": "loss", "at": 0, **claim}]))
    end, before = judge(experiment, {"loss": [0.5, last]}, diverged=True)
    assert (end.value, end.met, before.value, before.met) == (None, False, 0.5, True)


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


@pytest.mark.parametrize(
    ("claim", "value", "met"),
    [
        ({"until_below": 0.3}, 3, True),  # the third of LOSS
        ({"until_below": 0.3, "below": 3}, 3, False),
        ({"until_below": 0.3, "below": 4}, 3, True),
        ({"until_below": 0.05}, None, False),
        ({"until_below": 0.05, "above": 5}, None, True),  # not in 5 steps, so in more
        ({"until_below": 0.05, "above": 6}, None, False),  # that cannot be known
        ({"until_below": 0.05, "above": 5, "below": 9}, None, False),
    ],
)
def test_steps_until_a_limit(small, claim, value, met):
    found = verdict(small, **claim)
    assert (found.value, found.met) == (value, met)


def test_steps_in_words(small):
    assert verdict(small, until_below=0.3).claim == "loss < 0.3 at some step"
    claim = {"until_above": 2, "below": 4, "over": 2}
    assert verdict(small, **claim).claim == (
        "steps until loss > 2 (median of 2 steps) (not reached in 5 steps) below 4"
    )


@pytest.mark.parametrize(
    ("at", "over", "words"),
    [
        (0, 10, "loss at step 0 (of 1 step: there are no more yet) below 9"),
        (2, 10, "loss at step 2 (median of 3 steps, all so far) below 9"),
        (4, 5, "loss at step 4 (median of 5 steps) below 9"),
        ("end", 50, "loss at the end (median of 5 steps, all so far) below 9"),
    ],
)
def test_a_median_over_fewer_steps_says_so(small, at, over, words):
    assert verdict(small, at=at, over=over, below=9).claim == words


@pytest.mark.parametrize(
    ("where", "applies"),
    [
        ({"model": {"cell": "gru"}}, True),
        ({"model": {"cell": "gru", "hidden_size": 5}}, False),
        ({"model.bidirectional": False}, True),
        ({"model.bidirectional": 0}, False),
        ({"training.clip_norm": 1}, True),
    ],
)
def test_where(small, where, applies):
    experiment = resolve(small(expect={"metric": "loss", "below": 1, "where": where}))
    assert len(judge(experiment, {"loss": LOSS})) == applies


@pytest.mark.parametrize(
    "claim",
    [
        {"below": 1, "over_seeds": "median"},
        {"below": 1, "share_of_seeds": 0.5},
        {"below_that_of": {"model.cell": "rnn"}},
    ],
)
def test_a_single_run_is_not_judged_by_claims_over_several(small, claim):
    assert judge(resolve(small(expect={"metric": "loss", **claim})), {"loss": LOSS}) == []
