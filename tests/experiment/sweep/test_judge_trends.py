"""Claims about a trend over a swept number, with numbers by hand."""

import math

import pytest

from gradviz.experiment.config.resolve import resolve
from gradviz.experiment.sweep.claims_file import write_claims
from gradviz.experiment.sweep.compared_runs import PointCurves
from gradviz.experiment.sweep.grid import Point
from gradviz.experiment.sweep.judge_points import judge_points

OPEN = "the seeds do not tell"
FALLS = {"falls_with": "task.length"}


def points_of(small, claim, by_length, *, cell="gru", steps=None, table=False):
    """Points of a sweep over lengths; ``steps`` go with them, and with ``table`` whole tasks are swept."""
    found = []
    for length, curves in by_length.items():
        for seed, curve in enumerate(curves):
            more = {} if steps is None else {"training__steps": steps[length]}
            task = {"name": "delayed_recall", "length": length}
            expect = {"metric": "loss", **claim}
            experiment = resolve(small(seed=seed, task=task, model__cell=cell, expect=expect, **more))
            values = {"model.cell": cell, **({"task": task} if table else {"task.length": length})}
            together = ((*list(values)[1:], "training.steps"),) if steps else ()
            losses = [curve] if isinstance(curve, float) else curve
            metrics = None if losses is None else {"loss": list(losses)}
            point = Point({**values, "seed": seed}, experiment, together)
            found.append(PointCurves(point, metrics, isinstance(curve, tuple)))
    return found


def test_in_words(small):
    losses = {20: [0.3, 0.4], 6: [0.8, 0.9], 8: [0.5, 0.7]}
    (found,) = judge_points(points_of(small, {**FALLS, "source": "someone"}, losses))
    assert str(found) == (
        "met: loss at the end falls with task.length, at model.cell=gru: medians 0.85, 0.6, 0.35 "
        "(2 runs each) at task.length=6, 8, 20; Kendall's tau -0.8944, p = 0.011 (someone)"
    )
    assert found.value == pytest.approx(-12 / math.sqrt(12 * 15))
    assert (found.low, found.high, found.coverage, found.runs) == (None, None, None, 6)
    assert [(one.seed, one.value, one.trend_at) for one in found.values][:3] == [
        (0, 0.8, 6),
        (1, 0.9, 6),
        (0, 0.5, 8),
    ]


def test_the_share_of_the_runs(small):
    losses = {6: [0.1] * 3, 8: [0.1, 0.1, 0.9], 20: [0.9] * 3}
    claim = {"below": 0.5, "over_seeds": "share", **FALLS}
    (found,) = judge_points(points_of(small, claim, losses))
    assert found.claim == "share of the seeds with loss at the end below 0.5 falls with task.length"
    assert found.numbers == (
        "3 of 3, 2 of 3, 0 of 3 runs at task.length=6, 8, 20; Kendall's tau -0.7746, p = 0.024"
    )
    assert found.value == pytest.approx(-18 / math.sqrt(27 * 20))  # 18 of 27 pairs fall, none rises
    assert found.outcome == "met"
    (found,) = judge_points(
        points_of(small, {**claim, "falls_with": None, "rises_with": "task.length"}, losses)
    )
    assert found.outcome == "not met"


@pytest.mark.parametrize(
    ("losses", "outcome"),
    [
        ({6: [0.9] * 2, 8: [0.5] * 2, 20: [0.5, 0.1]}, "met"),
        ({6: [0.1] * 2, 8: [0.5] * 2, 20: [0.9] * 2}, "not met"),
        ({6: [0.5] * 2, 8: [0.5] * 2, 20: [0.5] * 2}, OPEN),
        ({6: [0.1, 0.9], 8: [0.2, 0.8], 20: [0.3, 0.7]}, OPEN),
    ],
)
def test_outcomes(small, losses, outcome):
    (found,) = judge_points(points_of(small, FALLS, losses))
    assert found.outcome == outcome
    mirrored = {length: [1 - one for one in values] for length, values in losses.items()}
    (found,) = judge_points(points_of(small, {"rises_with": "task.length"}, mirrored))
    assert found.outcome == outcome


def test_too_few_runs(small):
    (found,) = judge_points(points_of(small, FALLS, {6: [0.9], 8: [0.5], 20: [0.1]}))
    assert found.outcome == OPEN
    assert found.numbers.endswith("; so few runs cannot show it, 2 at each value can")
    share = {"below": 0.5, "over_seeds": "share", "rises_with": "task.length"}
    (found,) = judge_points(points_of(small, share, {6: [0.9] * 2, 8: [0.9] * 2, 20: [0.1] * 2}))
    assert found.numbers.endswith("; so few runs cannot show it, 3 at each value can")


def test_steps_until_a_limit(small):
    fast, slow, never = [0.9, 0.1], [0.9, 0.9, 0.9, 0.1], [0.9] * 4
    claim = {"until_below": 0.5, "rises_with": "task.length"}
    (found,) = judge_points(points_of(small, claim, {6: [fast] * 3, 8: [slow] * 3, 20: [never] * 3}))
    assert found.claim == "number of steps until loss < 0.5 rises with task.length"
    assert found.outcome == "met"
    assert found.numbers.startswith("medians 2 steps, 4 steps, at least 4 steps (3 runs each)")
    assert found.value == pytest.approx(1)
    assert found.values[-1][1:] == (None, 4, False, 20)


@pytest.mark.parametrize("table", [False, True])
def test_what_goes_together_with_the_key_may_differ(small, table):
    losses = {6: [0.9] * 2, 8: [0.5] * 2, 20: [0.1] * 2}
    found = judge_points(points_of(small, FALLS, losses, steps={6: 3, 8: 4, 20: 5}, table=table))
    assert [one.outcome for one in found] == ["met"]
    assert found[0].point == {"model.cell": "gru", **({"task": {"name": "delayed_recall"}} if table else {})}


def test_every_combination_of_the_rest_is_judged_alone(small):
    falls = points_of(small, FALLS, {6: [0.9] * 2, 8: [0.5] * 2, 20: [0.1] * 2})
    rises = points_of(small, FALLS, {6: [0.1] * 2, 8: [0.5] * 2, 20: [0.9] * 2}, cell="rnn")
    assert [(one.point["model.cell"], one.outcome) for one in judge_points([*falls, *rises])] == [
        ("gru", "met"),
        ("rnn", "not met"),
    ]


def test_what_diverged_is_equal_to_all_and_not_so(small):
    losses = {6: [0.1] * 3, 8: [0.1] * 3, 20: [(0.1, 0.05)] * 3}
    (found,) = judge_points(points_of(small, FALLS, losses))
    assert (found.outcome, found.value) == (OPEN, 0)
    assert "0.1, 0.1, not known (3 runs each)" in found.numbers
    (found,) = judge_points(points_of(small, {"below": 0.5, "over_seeds": "share", **FALLS}, losses))
    assert found.numbers.startswith("3 of 3, 3 of 3, 0 of 3 runs")
    assert found.outcome == "met"


def test_values_without_a_result(small, tmp_path):
    (found,) = judge_points(points_of(small, FALLS, {6: [0.9] * 3, 8: [None], 20: [0.1] * 3}))
    assert found.outcome == "met"
    assert found.numbers.endswith("; 1 more without a result")
    (found,) = judge_points(points_of(small, FALLS, {6: [0.9] * 3, 8: [None]}))
    assert (found.outcome, found.value) == ("not met", None)
    assert found.numbers == "only one value of task.length has runs with a result; 1 more without a result"
    text = write_claims(tmp_path, [found]).read_text(encoding="utf-8")
    assert '"trend_at": 6' in text


def test_a_single_length_has_no_trend(small):
    assert judge_points(points_of(small, FALLS, {6: [0.9] * 3})) == []
