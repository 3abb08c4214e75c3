"""Time constants: a dot for every unit, medians, and values that a log axis cannot show."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.colors import to_hex

from gradviz.errors import BadRecording
from gradviz.plots.drawing.palette import CELL_COLOURS, cell_line
from gradviz.plots.time_constants import plot_time_constants, swarm


@pytest.fixture
def remembering(call_record, dataset):
    """Five units; the gate that keeps the state has these means at step 0, and 0.5 at step 9."""

    def make(means, cell="lstm"):
        gates = 4 if cell == "lstm" else 3
        first = np.full((1, 1, gates, 5), 0.25)
        first[0, 0, 1] = means  # forget, update
        later = {"unit_mean": np.full((1, 1, gates, 5), 0.5)}
        zero = np.zeros((2, 1))
        return dataset(
            [call_record(0, zero, cell=cell, unit_mean=first), call_record(9, zero, cell=cell, **later)]
        )

    return make


def dots(ax, row=0):
    return np.asarray(ax.collections[row].get_offsets())


def test_dots_and_median(remembering):
    ax = plot_time_constants(remembering([0.0, 0.5, 0.9, 0.99, 0.75]), step=0)
    np.testing.assert_allclose(dots(ax)[:, 0], [1, 2, 10, 100, 4], rtol=1e-4)
    np.testing.assert_allclose(ax.lines[0].get_xdata(), 4, rtol=1e-6)
    assert np.abs(dots(ax)[:, 1]).max() == 0  # one unit in each bin
    assert ax.get_xscale() == "log"
    assert (
        ax.get_xlabel() == "time constant of the mean forget gate, in time steps\n(dot: a unit, bar: median)"
    )
    assert [text.get_text() for text in ax.get_yticklabels()] == ["LSTM"]


def test_ties_are_spread(remembering):
    ax = plot_time_constants(remembering([0.1] * 5), step=9)
    np.testing.assert_allclose(dots(ax)[:, 0], 2)
    assert sorted(dots(ax)[:, 1]) == pytest.approx([-0.24, -0.12, 0, 0.12, 0.24])


def test_runs_have_rows_and_looks(remembering):
    runs = {"default": remembering([0.5] * 5), "chrono": remembering([0.9] * 5)}
    ax = plot_time_constants(runs | {"GRU": remembering([0.5] * 5, cell="gru")}, step=0)
    assert [text.get_text() for text in ax.get_yticklabels()] == ["default", "chrono", "GRU"]
    colours = [CELL_COLOURS["lstm"], cell_line("lstm", 1).colour, CELL_COLOURS["gru"]]
    assert [to_hex(row.get_facecolor()[0]) for row in ax.collections] == colours
    assert [round(dots(ax, row)[:, 1].mean()) for row in range(3)] == [0, 1, 2]
    assert ax.yaxis.get_inverted()
    assert ax.get_xlabel().startswith("time constant of the gate that keeps the state")


def test_infinite_time_constants_are_counted(remembering):
    ax = plot_time_constants(remembering([1.0, 1.0, 0.5, 0.5, 0.5]), step=0)
    assert len(dots(ax)) == 3
    assert "2 infinite" in ax.get_xlabel()
    np.testing.assert_allclose(ax.lines[0].get_xdata(), 2)
    always = plot_time_constants(remembering([1.0] * 5), step=0)
    assert not len(always.lines)
    always.figure.draw_without_rendering()


def test_the_lag_of_the_task(remembering):
    ax = plot_time_constants(remembering([0.5] * 5), lag=300)
    assert ax.lines[-1].get_xdata()[0] == 300
    assert ax.get_title() == "the task needs 300 steps (dashed)"
    assert ax.get_xlim()[1] > 300


@given(st.lists(st.floats(1, 1e6), max_size=300))
def test_a_swarm_is_centred_and_keeps_to_its_row(constants):
    offsets = swarm(np.array(constants, dtype=float))
    assert offsets.shape == (len(constants),)
    assert np.abs(offsets).max(initial=0) <= 0.4 + 1e-12
    bins = np.floor(np.log10(np.array(constants, dtype=float)) * 24)
    for one in set(bins.tolist()):
        together = np.sort(offsets[bins == one])
        assert together.mean() == pytest.approx(0, abs=1e-12)
        assert np.ptp(np.diff(together)) < 1e-12 if len(together) > 1 else together[0] == 0


def test_errors(recording):
    with pytest.raises(BadRecording, match=r"has no variable 'unit_mean'"):
        plot_time_constants(recording())
    with pytest.raises(ValueError, match="no run to draw"):
        plot_time_constants({})


def test_units_that_are_nan_are_counted(remembering):
    ax = plot_time_constants(remembering([0.5, np.nan, np.nan, 1.0, 0.5]), step=0)
    assert len(dots(ax)) == 2
    assert "1 infinite; 2 not a number" in ax.get_xlabel()
