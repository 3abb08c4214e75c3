"""Lyapunov spectra: values, standard errors, the line at zero, and exponents of minus infinity."""

import numpy as np
import pytest
import xarray as xr
from matplotlib.colors import to_hex

from gradviz.errors import BadRecording
from gradviz.plots.drawing.palette import CELL_COLOURS
from gradviz.plots.lyapunov import NEITHER, plot_lyapunov


def spectrum(values, error=None, cell="gru"):
    coords = {} if error is None else {"standard_error": ("exponent", np.full(len(values), error))}
    attributes = {"long_name": "Lyapunov exponent", "units": "nats per time step", "cell": cell}
    return xr.DataArray(np.array(values), dims=("exponent",), coords=coords, attrs=attributes)


def test_values_against_rank_with_their_errors():
    ax = plot_lyapunov(spectrum([0.5, -0.25, -1.0], error=0.125))
    zero, line = ax.lines
    assert set(zero.get_ydata()) == {0}
    assert line.get_xdata().tolist() == [1, 2, 3]
    assert line.get_ydata().tolist() == [0.5, -0.25, -1.0]
    assert to_hex(line.get_color()) == CELL_COLOURS["gru"]
    corners = ax.collections[0].get_paths()[0].vertices
    assert (corners[:, 1].min(), corners[:, 1].max()) == (-1.125, 0.625)
    assert ax.get_ylabel() == "Lyapunov exponent\n(nats per time step)"
    assert ax.get_xlabel() == "rank of the exponent\nband: one standard error"
    assert [text.get_text() for text in ax.texts] == [NEITHER]


def test_zero_is_in_view_of_a_stable_network():
    ax = plot_lyapunov(spectrum([-2.0, -3.0]))
    low, high = ax.get_ylim()
    assert high > 0.07 * (high - low)  # room for the text on the line
    assert ax.get_xlabel() == "rank of the exponent"


def test_several_are_named_at_their_ends():
    ax = plot_lyapunov({"LSTM": spectrum([0.0, -1.0], cell="lstm"), "by hand": spectrum([0.5], cell="mine")})
    assert [text.get_text() for text in ax.texts] == [NEITHER, "LSTM", "by hand"]
    assert to_hex(ax.lines[1].get_color()) == CELL_COLOURS["lstm"]
    assert to_hex(ax.lines[2].get_color()) == CELL_COLOURS["observed"]


def test_dead_directions_are_counted():
    ax = plot_lyapunov(spectrum([-1.0, -np.inf, -np.inf], error=0.1))
    np.testing.assert_array_equal(ax.lines[1].get_ydata(), [-1, np.nan, np.nan])
    assert ax.get_xlabel() == "rank of the exponent\nband: one standard error; 2 at minus infinity"
    ax.figure.draw_without_rendering()


def test_errors():
    with pytest.raises(ValueError, match="nothing to draw"):
        plot_lyapunov({})
    with pytest.raises(BadRecording, match=r"the dim \(exponent,\); this array has \('time', 'exponent'\)"):
        plot_lyapunov(spectrum([1.0]).expand_dims("time"))


def test_the_largest_alone_is_a_dot():
    assert plot_lyapunov(spectrum([0.5])).lines[1].get_marker() == "o"
    assert plot_lyapunov(spectrum([0.5, 0.25])).lines[1].get_marker() == "None"
