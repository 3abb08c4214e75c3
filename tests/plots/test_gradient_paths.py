"""Paths of the gradient against lag, each in its colour."""

import numpy as np
import pytest
import xarray as xr
from matplotlib.colors import to_hex

from gradviz.errors import BadRecording, UnknownName
from gradviz.plots.drawing.palette import GATE_COLOURS, GREY, path_line
from gradviz.plots.gradient_paths import plot_gradient_paths

TIMES = 8
PATHS = ("direct", "carry", "reset", "update", "candidate")


@pytest.fixture
def known(call_record, dataset):
    """The n-th path decays by n tenths of a decade per step; the direct one exists only at the last step."""
    lag = np.arange(TIMES)[::-1]
    paths = np.stack([-0.1 * number * lag[:, None] * np.ones(2) for number in range(5)], axis=-1)
    paths[..., 1] = [0.0, -2.0]  # the two sequences
    paths[:-1, :, 0] = -np.inf
    return dataset([call_record(0, np.zeros((TIMES, 2)), cell="gru", log10_grad_path=paths[None, None])])


def lines_of(ax):
    return {line.get_label(): line for line in ax.lines if not line.get_label().startswith("_")}


def test_a_line_for_every_path(known):
    ax = plot_gradient_paths(known)
    lines = lines_of(ax)
    assert tuple(lines) == PATHS
    np.testing.assert_array_equal(lines["update"].get_xdata(), range(TIMES))
    np.testing.assert_allclose(lines["update"].get_ydata(), -0.3 * np.arange(TIMES), atol=1e-6)
    np.testing.assert_allclose(
        lines["carry"].get_ydata(), np.log10(0.505), rtol=1e-6
    )  # the mean of the norms
    assert to_hex(lines["reset"].get_color()) == GATE_COLOURS["reset"]
    assert to_hex(lines["direct"].get_color()) == GREY
    assert sorted(text.get_text() for text in ax.texts) == sorted(PATHS)


def test_a_lone_value_is_a_dot(known):
    ax = plot_gradient_paths(known)
    assert np.isfinite(lines_of(ax)["direct"].get_ydata()).sum() == 1
    lone = [line for line in ax.lines if line.get_marker() == "o"]
    assert [line.get_xydata().tolist() for line in lone] == [[[0, 0]]]


def test_fractions_are_stacked_to_one(known):
    ax = plot_gradient_paths(known, of="fraction")
    bands = {band.get_label(): band for band in ax.collections}
    assert tuple(bands) == PATHS
    assert ax.get_ylim() == (0, 1)
    lag = TIMES - 1
    norms = np.array([0, 0.505, *10 ** (-0.1 * np.arange(2, 5) * lag)])
    tops = np.cumsum(norms / norms.sum())
    for path, bottom, top in zip(PATHS, [0, *tops[:-1]], tops, strict=True):
        corners = bands[path].get_paths()[0].vertices
        at_end = corners[corners[:, 0] == lag][:, 1]
        assert (at_end.min(), at_end.max()) == pytest.approx((bottom, top), abs=1e-6)
        assert to_hex(bands[path].get_facecolor()[0]) == to_hex(path_line(path).colour)
    assert [text.get_text() for text in ax.texts] == list(PATHS[1:])  # the direct path contributes nothing
    assert ax.get_ylabel() == "fraction of the gradient through each path"


def test_padding_does_not_count_as_lag(known):
    known["log10_grad_path"][{"time": slice(5, None)}] = np.nan
    line = lines_of(plot_gradient_paths(known))["update"]
    np.testing.assert_array_equal(line.get_xdata(), range(5))
    np.testing.assert_allclose(line.get_ydata(), -0.3 * np.arange(3, 8), rtol=1e-6)


def test_reverse_counts_from_the_first_step(known):
    both = xr.concat([known, known.assign_coords(direction=["reverse"])], "direction")
    forward, reverse = (
        lines_of(plot_gradient_paths(both, direction=direction))["update"]
        for direction in ("forward", "reverse")
    )
    np.testing.assert_array_equal(reverse.get_xdata(), range(TIMES))
    np.testing.assert_array_equal(reverse.get_ydata(), forward.get_ydata()[::-1])


def test_errors(recording):
    with pytest.raises(BadRecording, match=r"no variable 'log10_grad_path'"):
        plot_gradient_paths(recording())
    with pytest.raises(UnknownName, match="unknown measure of a path 'fractions'; did you mean 'fraction'"):
        plot_gradient_paths(recording(), of="fractions")
    with pytest.raises(UnknownName, match="unknown gate 'carri'"):
        path_line("carri")
