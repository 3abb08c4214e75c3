"""How often trainings failed: the counts are those of the trials, and what is read from them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradviz.diagnosis import reliability
from gradviz.diagnosis.outcome_counts import BY_STEP, EDGES
from gradviz.diagnosis.reliability import lost_from, outcomes, wilson

INF = math.inf
FIXED = ((0, 4, 9, 10), (10, 10, 10, 10))
SPREAD = ((5, 5, 5, 0), (10, 10, 10, 0))


@pytest.fixture
def counts(monkeypatch):
    """Four bins."""
    monkeypatch.setattr(reliability, "EDGES", (1.0, 2.0, 3.0))
    table = {0: {"fixed": SPREAD, "spread": FIXED}, 30: {"fixed": FIXED, "spread": SPREAD}}
    monkeypatch.setattr(reliability, "BY_STEP", table)


@pytest.mark.usefixtures("counts")
@pytest.mark.parametrize(
    ("lost", "fixed", "step", "failed"),
    [
        (-INF, True, 30, 0),
        (0.999, True, 30, 0),
        (1, True, 30, 4),  # on an edge: the bin above
        (2.5, True, 30, 9),
        (INF, True, 30, 10),
        (2.5, False, 30, 5),
        (2.5, True, 29, 5),  # the last tabulated step before it
        (2.5, True, 0, 5),
        (2.5, True, 10**6, 9),
    ],
)
def test_the_bin_and_the_step(lost, fixed, step, failed):
    found = outcomes(lost, fixed=fixed, step=step)
    assert (found.failed, found.trained) == (failed, 10)
    assert found.fraction == failed / 10
    assert (found.low, found.high) == wilson(failed, 10)


@pytest.mark.usefixtures("counts")
def test_a_bin_without_trainings():
    empty = outcomes(INF, fixed=False)
    assert (empty.failed, empty.trained, empty.low, empty.high) == (0, 0, 0, 1)
    assert math.isnan(empty.fraction)


@pytest.mark.usefixtures("counts")
@pytest.mark.parametrize(
    ("fraction", "expected"), [(0.4, 1), (0.41, 2), (0.9, 2), (0.91, 3), (1, 3), (1e-9, 1), (0, -INF)]
)
def test_from_where_on_so_many_failed(fraction, expected):
    assert lost_from(fraction) == expected


@pytest.mark.usefixtures("counts")
def test_a_bin_further_up_without_trainings_shows_nothing():
    assert lost_from(0.5, step=0) == INF


def test_a_bin_further_up_with_fewer_failures_counts(monkeypatch):
    monkeypatch.setattr(reliability, "EDGES", (1.0, 2.0))
    monkeypatch.setattr(reliability, "BY_STEP", {30: {"fixed": ((9, 2, 9), (10, 10, 10))}})
    assert lost_from(0.5) == 2


def test_bad_input():
    with pytest.raises(ValueError, match="lost = nan"):
        outcomes(math.nan)
    with pytest.raises(ValueError, match="step = -1"):
        outcomes(1.0, step=-1)


@pytest.mark.parametrize(
    ("successes", "trials", "expected"),
    [(0, 0, (0, 1)), (0, 10, (0, 0.2775)), (10, 10, (0.7225, 1)), (5, 10, (0.2366, 0.7634))],
)
def test_wilson(successes, trials, expected):
    """Newcombe (1998), Statistics in Medicine 17, gives the interval; these are its values."""
    assert wilson(successes, trials) == pytest.approx(expected, abs=1e-4)


@given(st.integers(1, 500), st.data())
def test_the_interval_solves_the_equation_it_is_defined_by(trials, data):
    """Its ends p are where |successes / trials - p| is 1.96 standard deviations at p."""
    successes = data.draw(st.integers(0, trials))
    low, high = wilson(successes, trials)
    assert 0 <= low <= successes / trials <= high <= 1
    for end in (low, high):
        if 0 < end < 1:
            deviation = math.sqrt(end * (1 - end) / trials)
            assert abs(successes / trials - end) == pytest.approx(1.959964 * deviation, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("step", sorted(BY_STEP))
def test_the_counts_have_a_bin_on_every_side_of_the_edges(step):
    assert list(EDGES) == sorted(EDGES)
    for failed, trained in BY_STEP[step].values():
        assert len(failed) == len(trained) == len(EDGES) + 1
        assert all(0 <= some <= most for some, most in zip(failed, trained, strict=True))


def test_what_the_trials_say():
    """With one fixed lag many lost decades mean failure; where shorter lags are rewarded they do not."""
    assert outcomes(0.0).high < 0.2
    assert outcomes(15.0).low > 0.9
    assert outcomes(15.0, fixed=False).high < 0.7
