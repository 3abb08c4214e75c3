"""Curves are made shorter by medians of windows, and no step is in two of them."""

import math

from hypothesis import given
from hypothesis import strategies as st

from gradviz.reproductions.reduced_curve import points_for, reduced
from gradviz.reproductions.result_file import MOST_POINTS


def test_windows_of_a_curve_by_hand():
    found = reduced(range(7), [1.0, 5.0, 2.0, 8.0, 3.0, 100.0, 4.0], most=3)
    assert found.steps == (1, 3, 6)
    assert found.values == (3.0, 5.0, 4.0)  # of (1, 5), (2, 8) and (3, 100, 4)


def test_a_short_curve_stays_as_it_is():
    found = reduced([29, 59], [0.123456, math.inf], most=60)
    assert (found.steps, found.values) == ((29, 59), (0.1235, math.inf))
    assert reduced([], [], most=60).steps == ()


def test_nan_counts_only_where_there_is_nothing_else():
    found = reduced(range(4), [math.nan, 2.0, math.nan, math.nan], most=2)
    assert found.values[0] == 2.0
    assert math.isnan(found.values[1])


@given(st.integers(1, 300), st.integers(1, 60))
def test_the_last_step_is_the_last_point(length, most):
    found = reduced(range(length), [float(value) for value in range(length)], most=most)
    assert len(found.steps) == min(length, most)
    assert found.steps[-1] == length - 1
    assert list(found.steps) == sorted(set(found.steps))


def test_more_runs_have_shorter_curves():
    assert points_for(1) == points_for(20) == MOST_POINTS
    assert points_for(40) == 35
    assert points_for(1000) == 20
