"""The value of a claim, by hand and against a slow twin."""

import math
import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradviz.experiment.config.claim_schema import Expectation
from gradviz.experiment.run.claim_value import steps_until, value_at_step

CURVE = [1.0, 0.2, 0.9, 0.3, 0.1, 0.2]


@pytest.mark.parametrize(
    ("claim", "steps"),
    [
        ({"until_below": 0.5}, 2),
        ({"until_below": 0.5, "over": 3}, 4),  # of 0.2, 0.9, 0.3
        ({"until_below": 0.25, "over": 2}, 5),
        ({"until_below": 0.5, "over": 7}, None),  # there are only six
        ({"until_below": 0.1}, None),  # must be below, not at
        ({"until_above": 0.95}, 1),
        ({"until_above": 0.85, "over": 3}, 3),
    ],
)
def test_steps_by_hand(claim, steps):
    assert steps_until(Expectation(metric="loss", **claim), CURVE) == steps


values = st.floats(0, 1) | st.sampled_from([math.nan, math.inf, 0.5])


@given(curve=st.lists(values, max_size=25), over=st.integers(1, 6), falls=st.booleans())
def test_as_the_slow_twin(curve, over, falls):
    claim = Expectation(metric="loss", over=over, **{"until_below" if falls else "until_above": 0.5})
    expected = None
    for end in range(over, len(curve) + 1):
        window = [(math.inf if falls else -math.inf) if math.isnan(x) else x for x in curve[end - over : end]]
        if statistics.median(window) < 0.5 if falls else statistics.median(window) > 0.5:
            expected = end
            break
    assert steps_until(claim, curve) == expected


def test_a_median_with_nan_is_nan():
    claim = Expectation(metric="loss", over=3)
    assert value_at_step(claim, [1.0, 2.0, 3.0, 5.0]) == 3.0
    assert math.isnan(value_at_step(claim, [1.0, math.nan, 3.0, 5.0]))
    assert value_at_step(claim, [math.nan, 1.0, math.inf, 5.0]) == 5.0
    assert value_at_step(claim, []) is None


LOSSES = [0.9, 0.1, 0.4, 0.3, 0.2]


@pytest.mark.parametrize(
    ("how", "limits", "value"),
    [
        ("median", {"below": 1.0}, 0.3),
        ("mean", {"below": 1.0}, 0.25),
        ("all", {"below": 1.0}, 0.4),
        ("all", {"above": 0.0}, 0.1),
        ("all", {"above": 0.0, "below": 0.6}, 0.1),
        ("all", {"near": 0.35, "tolerance": 0.2}, 0.1),
    ],
)
def test_the_last_four_values_become_one(how, limits, value):
    over = 3 if how == "median" else 4
    claim = Expectation(metric="loss", over=over, over_steps=how, **limits)
    assert value_at_step(claim, LOSSES) == pytest.approx(value)


@pytest.mark.parametrize("how", ["median", "mean", "all"])
@pytest.mark.parametrize("falls", [True, False])
def test_steps_until_against_every_window(how, falls):
    generator, limit = np.random.default_rng(0), 1.0

    def reached(window):
        worst = math.inf if falls else -math.inf
        window = [worst if math.isnan(one) else one for one in window]
        if how == "all":
            return all(one < limit if falls else one > limit for one in window)
        middle = statistics.fmean(window) if how == "mean" else statistics.median(window)
        return middle < limit if falls else middle > limit

    for over in (1, 2, 5, 9):
        claim = Expectation(
            metric="loss", over=over, over_steps=how, **{"until_below" if falls else "until_above": limit}
        )
        curve = [2.1, *3 * generator.random(20), math.nan, *0.6 + 0.8 * generator.random(20), 0.2, 0.3, 1.9]
        ends = range(over, len(curve) + 1)
        slow = next((end for end in ends if reached(curve[end - over : end])), None)
        assert steps_until(claim, curve) == slow
