"""How far back the loss of a letter reaches."""

import numpy as np
import pytest
import xarray as xr

from gradviz.gallery.figures import connectivity as figure


def test_by_lag_takes_the_diagonals():
    values = np.array([[0.0, np.nan, np.nan], [-1.0, 0.5, np.nan], [-4.0, -3.0, 1.0]])
    tree = xr.DataTree(xr.Dataset({"log10_connectivity": (("loss_time", "time"), values)}))
    np.testing.assert_array_equal(figure.by_lag(tree), [0.5, -2.0, -4.0])


def test_letters_are_on_both_axes_and_one_bar_is_left(small):
    data = small("connectivity")
    drawn = figure.compose(data)
    left, right, bar = drawn.axes
    text = [label.get_text() for label in left.get_xticklabels()]
    assert "".join(text) == "hello␣pytorch,␣this␣is␣a␣simpl"
    assert [label.get_text() for label in left.get_yticklabels()] == text
    assert left.images[0].get_clim() == right.images[0].get_clim()
    assert bar.get_ylabel()


def test_numbers_leave_out_states_after_the_loss(small):
    assert len(figure.numbers(small("connectivity"))) == 2 * 30 * 31 / 2


@pytest.mark.slow
def test_the_claim(full):
    before, after = (figure.by_lag(tree) for tree in full("connectivity").values())
    assert before[1] - before[-1] > 4
    assert after[1] - after[-1] < 2.5
