"""The value of a claim, by hand and against a slow twin."""

import math
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradviz.experiment.config.claim_schema import Expectation
from gradviz.experiment.run.claim_value import median_at, steps_until

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
    assert median_at(claim, [1.0, 2.0, 3.0, 5.0]) == 3.0
    assert math.isnan(median_at(claim, [1.0, math.nan, 3.0, 5.0]))
    assert median_at(claim, [math.nan, 1.0, math.inf, 5.0]) == 5.0
    assert median_at(claim, []) is None
