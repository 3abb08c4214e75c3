"""The summary: areas under the curve against hand-computed ones, and words for each outcome."""

import math

import pytest
from invented_results import a_result, a_run, some_results

from gradviz.diagnosis.area_under_curve import area_under_curve
from gradviz.reproductions.all_runs import EarlySign, area_of, early_signs
from gradviz.reproductions.summary_text import area_in_words, grown_in_words, summary_text, summary_title


def test_the_area_is_the_share_of_pairs():
    """Of 3 against 1, 2 and 4, and 1 against them: right, right, wrong; half, wrong, wrong."""
    assert area_under_curve([3.0, 1.0], [1.0, 2.0, 4.0]) == pytest.approx(2.5 / 6)
    assert area_under_curve([math.inf], [5.0]) == 1
    assert math.isnan(area_under_curve([], [1.0]))
    assert math.isnan(area_under_curve([math.nan], [1.0]))


def signs(failed, good, *, lags="fixed", each=2):
    """Runs of several points of one paper; so many neighbours are of one point."""
    values = [*((value, False) for value in failed), *((value, True) for value in good)]
    return [
        EarlySign("a", place // each, "lstm", lags, value, learned)
        for place, (value, learned) in enumerate(values)
    ]


MIXED = signs([3, 4, 5, 6, 2, 7], [1, 2, 3, 0, 4, 1])
APART = signs([5] * 6, [1] * 6)


def test_the_interval_holds_the_area_and_is_the_same_every_time():
    """36 pairs: 3 wins against 1, 2, 0, 1 and ties 3 (4.5); 4: 5.5; 5, 6, 7: 6 each; 2: 3.5."""
    found = area_of(MIXED)
    assert found.value == found.within == pytest.approx((4.5 + 5.5 + 18 + 3.5) / 36)
    assert found.low < found.value < found.high
    assert area_of(MIXED) == found
    assert (found.runs, found.learned, found.points, found.papers) == (12, 6, 6, 1)


@pytest.mark.parametrize("those", [signs([3, 4], [1] * 10), signs([3] * 6, [1, 4] * 3, each=6), APART])
def test_without_enough_runs_or_points_or_any_doubt_there_is_no_interval(those):
    assert math.isnan(area_of(those).low)


def test_pairs_of_two_papers_do_not_count_within():
    other = [sign._replace(paper="b", lost=sign.lost + 100, learned=True) for sign in MIXED[:3]]
    assert area_of([*MIXED, *other]).within == area_of(MIXED).within
    assert area_of([*MIXED, *other]).value < area_of(MIXED).value


def test_title_for_each_outcome():
    good, few = area_of(MIXED), area_of(MIXED[:2])
    chance = good._replace(value=0.5, low=0.3, high=0.7)
    reverse = good._replace(value=0.2, low=0.1, high=0.3)
    begin = "Decades lost in the first steps"
    assert summary_title(good, chance) == (
        f"{begin} tell the outcome with one fixed lag, do not clearly tell it with spread lags"
    )
    assert summary_title(good, good) == f"{begin} tell the outcome with one fixed lag and spread lags"
    assert summary_title(few, reverse) == f"{begin} are fewer in runs that fail with spread lags"
    assert summary_title(few, few).startswith("Too few runs")


def test_an_area_in_words():
    assert area_in_words(area_of([])) == "no run"
    assert area_in_words(area_of(MIXED[:2])) == "no AUC: 0 learned, 2 did not"
    assert area_in_words(area_of(APART[:1] * 3 + APART[-1:] * 3)) == "AUC 1.00, no interval (2 points)"
    assert area_in_words(area_of(MIXED)._replace(low=0.61, high=0.9)) == "AUC .88 (.61 to .90)"


def test_runs_that_are_left_out_are_counted_by_reason():
    runs = [
        a_run({}, 0),
        a_run({}, 1, learned=None),
        a_run({}, 2, lag=None),
        a_run({}, 3, lost=None),
        a_run({}, 4, lost_early=None),
    ]
    found, left_out = early_signs([a_result(runs=runs)])
    assert len(found) == 1
    assert set(left_out.values()) == {1}
    assert len(left_out) == 5  # with the one that is missing


def test_the_text_sets_them_beside_the_trials():
    text = "\n".join(summary_text(some_results()))
    assert "With one fixed lag there are too few runs or points here to compare." in text
    assert "With spread lags our interval lies above that." in text
    assert "| [pascanu2013](#pascanu2013) | 20 of 36 |" in text
    assert "Left out: 11 runs (the recording does not show it) and 3 runs (no result)." in text


def test_gradients_that_grew_are_told_apart():
    assert grown_in_words(MIXED) == ""
    assert grown_in_words(signs([-3.0], [-2.9])) == ""
    told = grown_in_words(signs([-4.0, -5.0, 2.0], [-3.5, -math.inf]))
    assert told.startswith("In 4 runs (of [a](#a)) the gradient grew by more than 3 decades")
    assert "2 of them did not learn" in told
