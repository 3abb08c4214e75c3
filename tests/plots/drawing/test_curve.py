"""A curve, its running median, and the note where it is not finite."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
import xarray as xr

from gradviz.plots.drawing.curve import draw_curve
from gradviz.plots.drawing.palette import cell_line

LOOK = cell_line("gru", 1)


def drawn(values):
    ax = plt.figure().add_subplot()
    draw_curve(ax, xr.DataArray(values, dims="step", coords={"step": 10 * np.arange(len(values))}), LOOK)
    return ax


def test_raw_values_and_running_median_in_one_look():
    values = np.random.default_rng(0).uniform(1, 2, 200)
    ax = drawn(values)
    raw, median = ax.lines
    np.testing.assert_array_equal(raw.get_ydata(), values)
    assert np.ptp(median.get_ydata()) < np.ptp(values)
    assert raw.get_color() == median.get_color() == LOOK.colour
    assert raw.get_linewidth() < median.get_linewidth()
    assert ax.get_xlim() == (0, 1990)


@pytest.mark.parametrize(("values", "scale"), [([2.0, 1.0], "log"), ([1.0, 0.0], "linear")])
def test_scale(values, scale):
    assert drawn(values).get_yscale() == scale


@pytest.mark.parametrize(
    ("values", "note"),
    [
        ([1, np.inf, 1], ["not finite from step 10"]),
        ([1, np.nan], ["not a number from step 10"]),
        ([1, 2], []),
    ],
)
def test_note(values, note):
    assert [text.get_text() for text in drawn(values).texts] == note
