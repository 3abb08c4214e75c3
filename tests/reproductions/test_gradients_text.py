"""What is said of decades lost: every outcome is planted once."""

import math

import pytest
from invented_results import a_result, a_run, some_runs

from gradviz.reproductions.decades_of_runs import change_through_training, compare_groups
from gradviz.reproductions.gradients_text import gradients_text, in_words, why_not_shown


@pytest.mark.parametrize(
    ("learned", "failed", "outcome"),
    [
        ([1, 2, 3], [7, 8, 9], "more"),
        ([7, 8, 9], [1, 2, 3], "fewer"),
        ([1, 8, 3], [2, 7, 4], "not told"),
        ([1, 2], [7, 8], "too few"),
        ([1, 2, 3], [], "all alike"),
        ([], [], "not shown"),
    ],
)
def test_groups_are_compared_by_an_exact_rank_test(learned, failed, outcome):
    assert compare_groups(learned, failed).outcome == outcome


def test_the_difference_is_the_median_of_all_pairs():
    """7-1, 7-2, 7-3, 8-1, 8-2, 8-3, 12-1, 12-2, 12-3: the fifth is 6; the interval has all."""
    found = compare_groups([1.0, 2.0, 3.0], [7.0, 8.0, 12.0])
    assert found.difference == 6
    assert (found.interval.low, found.interval.high) == (4, 11)
    assert found.interval.coverage == pytest.approx(1 - 2 / 20)


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [([-1] * 5, "fewer"), ([2] * 6, "more"), ([-1, 1, 2, -2, 3, -3], "not told"), ([-1] * 4, "too few")],
)
def test_a_change_needs_five_runs(changes, outcome):
    found = change_through_training([(5.0, 5.0 + change) for change in changes])
    assert found.outcome == outcome
    assert found.runs == len(changes)


def runs(learned, failed):
    return [
        *(a_run({}, seed, lost=(early, end)) for seed, (early, end) in enumerate(learned)),
        *(a_run({}, seed, learned=False, lost=(early, end)) for seed, (early, end) in enumerate(failed)),
    ]


def test_words_if_runs_that_failed_lost_more():
    said = in_words(runs([(1, 0.5)] * 5, [(4, 6)] * 5))
    assert (
        "At step 30 the 5 runs that learned had lost 1.0 decades (median and range), the 5 that did not "
        "4.0: 3.0 decades more (3.0 to 3.0, 97%)."
    ) in said
    assert "At the end the runs that learned lost less than in the first steps: by 0.5 decades" in said
    assert "At the end the runs that did not learn lost more than in the first steps: by 2.0 decades" in said


def test_words_for_the_other_outcomes():
    assert "3.0 decades fewer" in in_words(runs([(4, 6)] * 5, [(1, 0.5)] * 5))
    assert "all of them learned, so this cannot tell" in in_words(runs([(4, 6)] * 5, []))
    assert "all of them did not learn, so" in in_words(runs([], [(4, 6)] * 5))
    assert "too few runs to tell" in in_words(runs([(1, 1)] * 2, [(4, 4)] * 2))
    assert "do not tell whether they differ" in in_words(some_runs())
    assert "did not clearly change" in in_words(some_runs())


def test_without_a_rule_no_run_is_said_to_have_learned():
    said = in_words([a_run({}, 0, learned=None)])
    assert said.startswith("The runs had lost 2.0 decades at step 30 and 0.5 at the end")
    assert "No rule says" in said


def test_infinite_losses_are_written():
    said = in_words(runs([(1, 1)] * 3, [(math.inf, math.inf)] * 3))
    assert "the 3 that did not ∞: ∞ decades more" in said


def test_why_a_recording_does_not_show_it():
    assert "no single lag" in why_not_shown(a_result(runs=[a_run({}, 0, lost=None, lag=None)]))
    assert "reads most time steps" in why_not_shown(a_result(runs=[a_run({}, 0, lost=None)]))


def test_runs_that_do_not_show_it_are_counted():
    found = gradients_text(a_result(runs=[a_run({}, 0), a_run({}, 1, lost=None)]))
    assert found[-1].endswith("Of 1 more run the recording does not show it.")
