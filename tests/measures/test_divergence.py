"""How far the loss rose before it was not finite: by hand, and a slow twin."""

import math
from itertools import pairwise

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

import gradviz as gv
from gradviz.errors import BadRecording

NAN, INF = math.nan, math.inf


def found(losses):
    tree = xr.DataTree(
        xr.Dataset(
            {"loss": ("iteration", np.array(losses, float))}, {"iteration": 10 + np.arange(len(losses))}
        )
    )
    result = gv.divergence(tree)
    return result["rise_begins"].item(), result["rise_before_not_finite"].item()


@pytest.mark.parametrize(
    ("losses", "begins", "rise"),
    [
        ([1, 0.5, 2, 8, NAN, NAN], 11, 16),
        ([1, 2, 4, 8, INF], 10, 8),
        ([1, 0.9, 1, 0.9, 1, 0.9, 3, 90, INF, 1], 15, 100),
        ([3, 3.01, 3.3, 4, 80, NAN], 10, 80 / 3),
    ],
)
def test_rises(losses, begins, rise):
    assert found(losses) == (begins, pytest.approx(rise))


@pytest.mark.parametrize(
    "losses",
    [
        [1, 2, 4, 8],
        [1, 0.9, 8, NAN],  # a single jump
        [1, 0.9, 1, 9, NAN],  # one rise is noise
        [1, 2, 1, 2, 1, 2, 4, NAN],  # both are
        [1, 5, 4, NAN],
        [0, 5, 10, NAN],
        [1, NAN],
        [INF, 1],
    ],
)
def test_none(losses):
    assert all(math.isnan(each) for each in found(losses))


def test_the_last_finite_loss():
    losses = xr.Dataset({"loss": ("step", [2.0, 1.0, 5.0, NAN])}, {"step": [3, 4, 5, 6]})
    result = gv.divergence(losses)
    assert (result["last_finite_loss"], result["last_over_first"]) == (5, 2.5)
    assert math.isnan(gv.divergence(losses.isel(step=slice(3)))["last_finite_loss"])


def slow(losses):
    """The same, number by number."""
    finite = losses[: next(place for place, loss in enumerate(losses) if not math.isfinite(loss))]
    place = len(finite) - 1
    while place > 0 and finite[place - 1] < finite[place]:
        place -= 1
    if len(finite) - 1 - place < 2:
        return None
    changes = sorted(abs(math.log(b / a)) for a, b in pairwise(finite[:-2]))
    middle = len(changes) // 2
    usual = 0 if len(changes) < 3 else (changes[middle] + changes[-1 - middle]) / 2
    least = max(math.log(1.2), 3 * usual * (place > 0))
    rises = [math.log(finite[-1] / finite[-2]), math.log(finite[-2] / finite[-3])]
    return (10 + place, finite[-1] / finite[place]) if min(rises) >= least else None


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(0.01, 100), min_size=1, max_size=12), st.sampled_from([NAN, INF]))
def test_like_a_slow_twin(losses, last):
    expected = slow([*losses, last])
    if expected is None:
        assert all(math.isnan(each) for each in found([*losses, last]))
    else:
        assert found([*losses, last]) == (expected[0], pytest.approx(expected[1]))


def test_without_a_loss():
    with pytest.raises(BadRecording, match="loss"):
        gv.divergence(xr.Dataset())
