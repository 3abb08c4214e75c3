"""A unit that holds a bit."""

import numpy as np
import pytest

from gradviz.gallery.figures import bifurcation as figure
from gradviz.gallery.fixed_points import fixed_points


@pytest.fixture(scope="module")
def data():
    return figure.experiment(None)


def test_two_resting_states_beyond_1_and_one_up_to_there(data):
    table = data["weight"].to_dataset()
    stable = (table["slope"] < 1) & (table["state"] != 0)
    np.testing.assert_array_equal(stable.sum("branch"), np.where(table["w"] > 1, 2, 0))
    assert np.all(table["state"].sel(w=slice(0, 1)) == 0)


@pytest.mark.parametrize("w", [1.2, 2.0, 3.0])
def test_hysteresis_ends_where_two_fixed_points_meet(w):
    edge = figure.hysteresis(w)
    assert len(fixed_points(w, edge - 1e-6)) == 3
    assert len(fixed_points(w, edge + 1e-6)) == 1


def test_the_caption_and_the_lines_are_these_numbers(data):
    assert "|b| < 0.533 (on the grid: up to 0.532)" in figure.caption(data).measured
    left, _ = figure.compose(data).axes
    drawn = np.nanmax([line.get_ydata() for line in left.lines[:6]], axis=0)
    np.testing.assert_array_equal(drawn, data["weight"]["state"].max("branch"))
    numbers = figure.numbers(data)
    assert len(numbers.query("varied == 'bias' and value == 0")) == 3
