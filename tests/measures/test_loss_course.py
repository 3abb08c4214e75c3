"""The course of a loss: by hand, and as a property."""

import math

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

import gradviz as gv
from gradviz.errors import BadRecording


def course(losses, **options):
    data = xr.Dataset({"loss": ("step", np.array(losses, float))}, {"step": np.arange(len(losses))})
    found = gv.loss_course(data, **options)
    return {str(name): float(found[name]) for name in found}


def test_hand_computed():
    found = course([2, 4, 10, 4, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 3, 1], window=3)
    assert found["first_loss"] == 2
    assert found["loss_at_end"] == 2  # of 3 and 1
    assert found["worst_loss"] == 4  # of 2, 4, 10 and of 4, 10, 4
    assert (found["end_over_first"], found["worst_over_first"]) == (1, 2)
    assert found["losses_counted"] == 20
    assert found["fall_in_second_half"] == 0


def test_fall():
    assert course([9, 9, 9, 9, 4, 4, 1, 1])["fall_in_second_half"] == 0.75
    assert course([9, 9, 9, 9, 1, 1, 4, 4])["fall_in_second_half"] == -3
    assert math.isnan(course([1, 2])["fall_in_second_half"])


def test_losses_that_are_not_there_are_left_out():
    assert course([2, math.nan, 1])["losses_counted"] == 2
    assert course([2, math.inf, math.inf, math.inf])["worst_over_first"] == math.inf
    assert math.isnan(course([-1, 5])["worst_over_first"])


@given(st.lists(st.floats(0.125, 8), min_size=1, max_size=60), st.integers(1, 70))
def test_the_worst_is_no_worse_than_the_largest(losses, window):
    found = course(losses, window=window)
    assert min(losses) <= found["worst_loss"] <= max(losses)
    assert found["end_over_first"] == found["loss_at_end"] / losses[0]
    doubled = course([2 * loss for loss in losses], window=window)
    assert doubled["worst_over_first"] == pytest.approx(found["worst_over_first"])


def test_bad_input():
    with pytest.raises(BadRecording, match="no loss"):
        gv.loss_course(xr.Dataset())
    with pytest.raises(ValueError, match="window = 0"):
        course([1.0], window=0)
