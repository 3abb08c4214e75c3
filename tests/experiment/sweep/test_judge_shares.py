"""Claims that compare the shares of two points, with numbers by hand."""

import math

import pytest

OPEN = "the seeds do not tell"
RNN = {"model.cell": "rnn"}
BELOW = {"below": 0.5, "over_seeds": "share", "above_that_of": RNN}


def _losses(good, bad):
    return [0.1] * good + [0.9] * bad


def test_in_words(judged):
    (found,) = judged(BELOW, lstm=_losses(3, 0), rnn=_losses(0, 3))
    assert str(found) == (
        "met: share of the seeds with loss at the end below 0.5 above that of model.cell=rnn, "
        "at model.cell=lstm: 3 of 3 runs against 0 of 3: apart by 1 (0.2139 to 1, 90%)"
    )
    assert (found.value, found.high, found.coverage, found.runs) == (1.0, 1.0, 0.9, 3)
    assert found.low == pytest.approx(2 * 0.05 ** (1 / 6) - 1, abs=1e-6)
    assert [(one.seed, one.value, one.compared) for one in found.values] == [
        *((seed, 0.1, False) for seed in range(3)),
        *((seed, 0.9, True) for seed in range(3)),
    ]


@pytest.mark.parametrize(
    ("lstm", "rnn", "outcome"),
    [
        ((5, 0), (2, 3), "met"),  # p = 0.031
        ((4, 1), (1, 4), OPEN),  # p = 0.055
        ((2, 3), (5, 0), "not met"),
        ((5, 0), (5, 0), OPEN),
        ((4, 0), (0, 4), "met"),
    ],
)
def test_above_and_below_decide_alike(judged, lstm, rnn, outcome):
    (above,) = judged(BELOW, lstm=_losses(*lstm), rnn=_losses(*rnn))
    (below,) = judged(
        {"below": 0.5, "over_seeds": "share", "below_that_of": {"model.cell": "lstm"}},
        lstm=_losses(*lstm),
        rnn=_losses(*rnn),
    )
    assert above.outcome == below.outcome == outcome
    assert (above.value, above.low, above.high) == (below.value, below.low, below.high)


def test_two_runs_each_cannot_show_it(judged):
    (found,) = judged(BELOW, lstm=_losses(2, 0), rnn=_losses(0, 2))
    assert found.outcome == OPEN
    assert found.numbers.endswith("; 2 runs each cannot show it, 3 each can")


@pytest.mark.parametrize("side", ["lstm", "rnn"])
def test_what_diverged_or_ended_before_is_not_so_on_either_side(judged, side):
    """Each of three runs counts as one that is not so: at step 1 none has a value below 0.5."""
    failed = {side: [[0.1], [0.1, math.nan], [0.1, 0.9]], ({"lstm", "rnn"} - {side}).pop(): [[0.9, 0.1]] * 3}
    (found,) = judged({**BELOW, "at": 1}, **failed)
    assert found.outcome == ("not met" if side == "lstm" else "met")
    assert found.numbers.startswith("0 of 3 runs against 3" if side == "lstm" else "3 of 3 runs against 0")


@pytest.mark.parametrize("side", ["lstm", "rnn"])
def test_a_diverged_run_has_no_value_at_its_end(judged, side):
    diverged = {side: [(0.9, 0.1)] * 3, ({"lstm", "rnn"} - {side}).pop(): [[0.9, 0.1]] * 3}
    (found,) = judged(BELOW, **diverged)
    assert found.outcome == ("not met" if side == "lstm" else "met")


def test_how_many_reach_a_limit(judged):
    claim = {"until_below": 0.5, "over_seeds": "share", "above_that_of": RNN}
    (found,) = judged(claim, lstm=[[0.9, 0.1, 0.9]] * 4, rnn=[[0.9, 0.9, 0.9]] * 3 + [(0.9, 0.9)])
    assert found.claim == "share of the seeds with loss < 0.5 at some step above that of model.cell=rnn"
    assert (found.outcome, found.value) == ("met", 1.0)
    early = {**claim, "below": 2}  # in fewer than two steps
    (found,) = judged(early, lstm=[[0.9, 0.1]] * 4, rnn=[[0.9, 0.9]] * 4)
    assert found.claim.startswith("share of the seeds with steps until loss < 0.5 below 2 above that of")
    assert found.numbers.startswith("0 of 4 runs against 0 of 4")


def test_a_run_without_a_result_is_told(judged):
    (found,) = judged(BELOW, lstm=[*_losses(3, 0), None], rnn=_losses(0, 3))
    assert found.numbers.endswith("; 1 more without a result")
    (found,) = judged(BELOW, lstm=_losses(3, 0), rnn=[None])
    assert (found.outcome, found.numbers) == ("not met", "no run that is compared with has a result")


@pytest.mark.parametrize("side", ["lstm", "rnn"])
def test_a_diverged_run_does_not_count_as_a_slow_one_on_either_side(judged, side):
    """All take more than two steps, but those that diverged will never reach the limit."""
    claim = {"until_below": 0.5, "above": 2, "over_seeds": "share", "above_that_of": RNN}
    curves = {side: [(0.9, 0.9, 0.9)] * 3, ({"lstm", "rnn"} - {side}).pop(): [[0.9, 0.9, 0.9]] * 3}
    (found,) = judged(claim, **curves)
    assert found.outcome == ("not met" if side == "lstm" else "met")
