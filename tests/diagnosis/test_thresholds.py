"""The thresholds: they are in order, and an amount exactly on one counts."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradviz.diagnosis import thresholds
from gradviz.diagnosis.thresholds import severity

PAIRS = {
    name: value for name, value in vars(thresholds).items() if isinstance(value, dict) and "trouble" in value
}


@pytest.mark.parametrize(
    ("amount", "expected"),
    [(0, None), (2.999, None), (3, "warning"), (5.999, "warning"), (6, "trouble"), (np.inf, "trouble")],
)
def test_on_the_limit_it_counts(amount, expected):
    assert severity(amount, {"trouble": 6.0, "warning": 3.0}) == expected


def test_nan_has_no_severity():
    assert severity(np.nan, thresholds.VANISHING) is None


@settings(deadline=None)
@given(st.sampled_from(sorted(PAIRS)), st.floats(-10, 10), st.floats(0, 10))
def test_more_is_never_less_severe(name, amount, more):
    rank = [None, "warning", "trouble"].index
    assert rank(severity(amount + more, PAIRS[name])) >= rank(severity(amount, PAIRS[name]))


def test_warnings_come_before_trouble():
    assert len(PAIRS) >= 7
    assert all(0 < pair["warning"] < pair["trouble"] for pair in PAIRS.values())
