"""The severity of a vanishing gradient, and the sentences about what follows, for both outcomes."""

import math

import pytest
from diagnosis.recorded import dataset, decaying, tree

from gradviz.diagnosis.checks.vanishing import vanishing
from gradviz.diagnosis.context import DiagnosisContext
from gradviz.diagnosis.reliability import outcomes
from gradviz.diagnosis.thresholds import VANISHING
from gradviz.diagnosis.what_follows import at_step, in_words, lost_in_words, vanishing_severity, what_follows


def context(*, lag=10, step=0, lost=8, **attributes):
    recorded = dataset(total=decaying(lost)).assign_coords(step=[step])
    return DiagnosisContext(tree(recorded, **attributes), "layer", lag)


@pytest.mark.parametrize(
    ("lost", "lag", "said", "expected"),
    [
        (6, 10, {}, "trouble"),
        (6, 10, {"fixed_lag": 1}, "trouble"),
        (6, 10, {"fixed_lag": 0}, "warning"),  # training may bridge it
        (6, None, {}, "warning"),  # nothing is known of the lag
        (3, 10, {}, "warning"),
        (3, 10, {"fixed_lag": 0}, "warning"),
        (2.9, 10, {}, None),
        (math.inf, 10, {}, "trouble"),
    ],
)
def test_severity(lost, lag, said, expected):
    assert vanishing_severity(context(lag=lag, **said), lost) == expected


def test_the_limits_come_from_the_counts():
    """Four of five failed from the one on, half from the other on, in every bin; and below them fewer."""
    for limit, fraction in ((VANISHING["trouble"], 0.8), (VANISHING["warning"], 0.5)):
        assert outcomes(limit - 1e-9).fraction < fraction
        assert all(outcomes(limit + more).fraction >= fraction for more in range(20))


def test_with_a_fixed_lag_only_that_is_said():
    seen = outcomes(8.0, step=30)
    said = what_follows(context(step=30, fixed_lag=1), 8.0)
    assert said == in_words(seen.failed, seen.trained)
    assert f"{seen.failed} of {seen.trained} " in said


def test_with_shorter_lags_only_that_is_said():
    seen = outcomes(8.0, fixed=False, step=30)
    said = what_follows(context(step=30, fixed_lag=0), 8.0)
    assert said == (
        "Since this task also rewards shorter lags, training may bridge it: "
        f"{seen.trained - seen.failed} of {seen.trained} such trainings did."
    )


def test_where_it_is_not_known_both_are_said():
    fixed, spread = (what_follows(context(step=30, fixed_lag=kind), 8.0) for kind in (1, 0))
    both = what_follows(context(step=30), 8.0)
    assert both.startswith(fixed + " If your task also rewards shorter lags, training may bridge it: ")
    assert both.partition("bridge it: ")[2] == spread.partition("bridge it: ")[2]


def test_the_counts_are_of_that_training_step():
    at_start, later = (what_follows(context(step=step, fixed_lag=1), 8.0) for step in (0, 30))
    assert at_start != later


def test_without_a_gradient_nothing_follows():
    assert what_follows(context(), math.nan) == ""


def test_the_step_is_said_unless_it_may_be_a_single_pass():
    assert at_step(context(step=30)) == " at training step 30"
    assert at_step(context(step=0)) == ""


def test_the_finding_keeps_fact_and_prediction_apart():
    (finding,) = vanishing(context(step=30, lost=8))
    fact, prediction = (
        "shrinks to 10^-8.0 of its size at training step 30.",
        what_follows(context(step=30), 8.0),
    )
    assert finding.what.index(fact) < finding.what.index(prediction)
    (of_probe,) = vanishing(context(step=0, lost=8))
    assert "shrinks to 10^-8.0 of its size. It falls" in of_probe.what


def test_all_lost():
    assert lost_in_words(math.inf) == "all of the gradient is"
    assert lost_in_words(3.14159) == "3.1 decades of gradient are"
