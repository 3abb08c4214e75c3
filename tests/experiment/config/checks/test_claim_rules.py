"""Keys of a claim that do not go together."""

import pytest

from gradviz.experiment.config.fingerprint import fingerprint
from gradviz.experiment.config.resolve import resolve
from gradviz.experiment.config.validation import BadExperiment

RNN = {"model.cell": "rnn"}


@pytest.mark.parametrize(
    ("claim", "message"),
    [
        ({}, r"expect\[0\]: has no comparison; give below, above, or near with tolerance"),
        ({"over_seeds": "median"}, r"expect\[0\]: has no comparison"),
        ({"near": 1.0}, "near and tolerance must be given together"),
        ({"below": 1.0, "factor": 2.0}, r"expect\[0\]\.factor = 2\.0: is for one of faster_than"),
        ({"below": 1.0, "over_seeds": "mean"}, "unknown summary of seeds 'mean'"),
        ({"below": 1.0, "share_of_seeds": 1.0}, r"share_of_seeds = 1\.0: must be below 1"),
        ({"below": 1.0, "over_seeds": "median", "share_of_seeds": 0.5}, "give only one of over_seeds and"),
        ({"until_below": 1.0, "until_above": 1.0}, "give only one of until_below and until_above"),
        ({"until_below": 1.0, "at": 3}, r"expect\[0\]\.at = 3: must be left out with until_below"),
        ({"faster_than": RNN}, "faster_than needs until_below or until_above"),
        (
            {"faster_than": RNN, "until_below": 1.0, "below": 5.0},
            r"expect\[0\]\.below: must be left out with f",
        ),
        (
            {"below_that_of": RNN, "until_below": 1.0},
            "compares values; to compare numbers of steps use faster_",
        ),
        ({"below_that_of": RNN, "above_that_of": RNN}, "give only one of below_that_of and above_that_of"),
        (
            {"below": 1.0, "over_seeds": "share"},
            "over_seeds = 'share': is for one of below_that_of, above_that",
        ),
        ({"below": 1.0, "over_seeds": "share"}, "of one point share_of_seeds tells"),
        (
            {"until_below": 1.0, "over_seeds": "share", "faster_than": RNN},
            "over_seeds = 'share': is for one of below_that_of, above_that",
        ),
        ({"over_seeds": "share", "above_that_of": RNN}, "has no comparison; give below, above, or near"),
        (
            {"below": 1.0, "over_seeds": "share", "above_that_of": RNN, "factor": 2.0},
            r"expect\[0\]\.factor = 2\.0: must be left out with over_seeds = 'share'",
        ),
        (
            {"below": 1.0, "above_that_of": RNN},
            r"below: must be left out with .*; or give over_seeds = 'share'",
        ),
        ({"until_below": 1.0, "above_that_of": RNN}, r"use faster_than; or give over_seeds = 'share' too"),
        ({"falls_with": ""}, r"falls_with = '': must be a swept key, as 'task\.length'"),
        ({"falls_with": "a.b", "rises_with": "a.b"}, "give only one of falls_with and rises_with"),
        ({"falls_with": "a.b", "below_that_of": RNN}, "give only one of falls_with and below_that_of"),
        ({"falls_with": "a.b", "below": 1.0}, r"below: must be left out with falls_with.*; for the share of"),
        ({"falls_with": "a.b", "share_of_seeds": 0.5}, "share_of_seeds: must be left out with falls_with"),
        ({"falls_with": "a.b", "factor": 2.0}, "factor = 2.0: is for one of faster_than"),
        ({"rises_with": "a.b", "best_over": ["seed"]}, "is for one of faster_than"),
        ({"rises_with": "a.b", "over_seeds": "share"}, "has no comparison; give below, above, or near"),
        (
            {"rises_with": "a.b", "over": 3, "over_steps": "all"},
            "must be 'median' or 'mean' with rises_with, which compares one value",
        ),
        ({"below": 1.0, "belov": 1.0}, r"expect\[0\]\.belov: unknown key; did you mean 'below'\?"),
    ],
)
def test_mistakes(small, claim, message):
    with pytest.raises(BadExperiment, match=message):
        resolve(small(expect=[{"metric": "loss", **claim}]))


@pytest.mark.parametrize(
    "claim",
    [
        {"below": 1.0, "over_seeds": "median"},
        {"below": 1.0, "share_of_seeds": 0.5},
        {"until_below": 0.5, "faster_than": RNN, "factor": 2.0},
        {"above_that_of": RNN},
        {"below": 0.5, "over_seeds": "share", "below_that_of": RNN},
        {"falls_with": "task.length"},
        {"below": 0.5, "over_seeds": "share", "rises_with": "task.length"},
        {"until_below": 0.5, "over_seeds": "share", "above_that_of": RNN, "best_over": ("seed",)},
        {"below": 0.5, "over": 3, "over_steps": "all", "over_seeds": "share", "above_that_of": RNN},
    ],
)
def test_a_claim_over_several_runs_does_not_count_for_the_name_of_one(small, claim):
    other = {"metric": "loss", "below": 2.0}
    alone = resolve(small(expect=[other]))
    assert fingerprint(resolve(small(expect=[other, {"metric": "loss", **claim}]))) == fingerprint(alone)
    assert fingerprint(resolve(small())) != fingerprint(alone)
    again = resolve(resolve(small(expect=[{"metric": "loss", **claim}])).table())
    assert again.expect[0].model_dump(exclude_defaults=True) == {"metric": "loss", **claim}


@pytest.mark.parametrize("length", [{}, {"length": 100}])  # 100 is the default
def test_only_the_runs_that_a_claim_is_about_need_its_metric(small, length):
    claim = {"metric": "accuracy", "above": 0.9, "where": {"task.length": 100}}
    with pytest.raises(BadExperiment, match=r"expect\[0\]\.metric: unknown metric 'accuracy'"):
        resolve(small(task={"name": "adding", **length}, expect=[claim]))
    assert resolve(small(task={"name": "adding", "length": 8}, expect=[claim])).expect[0].metric == "accuracy"


@pytest.mark.parametrize(
    ("claim", "message"),
    [
        ({"over_steps": "mean", "below": 1.0}, "over_steps = 'mean': needs over, the number of steps"),
        (
            {"over_steps": "men", "over": 3, "below": 1.0},
            "unknown summary of steps 'men'; did you mean 'mean'",
        ),
        (
            {"over_steps": "all", "over": 3, "below_that_of": {"model.cell": "rnn"}},
            "over_steps = 'all': must be 'median' or 'mean' with below_that_of, which compares one value",
        ),
    ],
)
def test_how_the_steps_become_one_value(small, claim, message):
    with pytest.raises(BadExperiment, match=message):
        resolve(small(expect={"metric": "loss", **claim}))


@pytest.mark.parametrize(
    ("claim", "message"),
    [
        (
            {"below": 1.0, "best_over": ["seed"]},
            r"best_over = \['seed'\]: is for one of faster_than, below_that",
        ),
        ({"within_factor_of": {"model.cell": "rnn"}}, "within_factor_of needs a factor above 1"),
        (
            {"within_factor_of": {"model.cell": "rnn"}, "factor": 1.0},
            "within_factor_of needs a factor above 1",
        ),
        (
            {"within_factor_of": {"model.cell": "rnn"}, "factor": 2.0, "best_over": ["seed"]},
            "must be left out with within_factor_of, which does not say what is better",
        ),
    ],
)
def test_what_a_comparison_needs(small, claim, message):
    with pytest.raises(BadExperiment, match=message):
        resolve(small(expect={"metric": "loss", **claim}))
