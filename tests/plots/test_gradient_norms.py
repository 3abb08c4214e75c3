"""Norms against lag: values of the lines, quartiles of the bands, labels that never overlap."""

from itertools import combinations

import numpy as np
import pytest
from matplotlib.colors import to_hex

from gradviz.errors import BadRecording
from gradviz.plots.drawing.palette import CELL_COLOURS, cell_line
from gradviz.plots.gradient_norms import plot_gradient_norms


def test_line_is_the_median_against_lag(recording):
    line = plot_gradient_norms(recording(rate=0.25)).lines[0]
    np.testing.assert_allclose(line.get_xdata(), np.arange(12))
    np.testing.assert_allclose(line.get_ydata(), -0.25 * np.arange(12) - 0.015 - 0.03, rtol=1e-5)


def test_step_is_chosen(recording):
    line = plot_gradient_norms(recording(rate=0.25), step=0).lines[0]
    np.testing.assert_allclose(line.get_ydata()[0], -0.015, rtol=1e-5)
    with pytest.raises(BadRecording, match="no step 12; nearest is 10 \\(4 recorded, from 0 to 30\\)"):
        plot_gradient_norms(recording(), step=12)


def test_band_shows_quartiles_and_is_explained(call_record, dataset):
    ax = plot_gradient_norms(dataset([call_record(0, [[0.0, -1.0, -2.0, -3.0, -4.0]] * 2)]))
    vertices = ax.collections[0].get_paths()[0].vertices
    assert (vertices[:, 1].min(), vertices[:, 1].max()) == (-3, -1)
    assert "quartiles over 5 sequences" in ax.get_xlabel()


def test_zeros_count_as_the_smallest_and_are_counted(call_record, dataset):
    ax = plot_gradient_norms(dataset([call_record(0, [[-np.inf, -np.inf, -1.0], [-2.0, -1.0, -np.inf]])]))
    np.testing.assert_allclose(ax.lines[0].get_ydata(), [-2, np.nan])
    assert "3 norms are zero or not finite" in ax.get_xlabel()


def test_norms_below_the_float_range(call_record, dataset):
    ax = plot_gradient_norms(dataset([call_record(0, [[-800.0], [-400.0], [0.0]])]))
    np.testing.assert_allclose(ax.lines[0].get_ydata(), [0, -400, -800])
    assert ax.yaxis.get_major_formatter()(-400) == "$10^{-400}$"


def test_theory_falls_by_its_decades(recording):
    line = plot_gradient_norms(recording(), theory=0.1).lines[1]
    np.testing.assert_allclose(np.diff(line.get_ydata()), -0.1)
    assert line.get_linestyle() == "--"


def test_runs_of_one_cell_differ_and_labels_never_overlap(recording):
    runs = {f"run {n}": recording(cell="gru", rate=0.2) for n in range(3)} | {"LSTM": recording(rate=0.2)}
    ax = plot_gradient_norms(runs)
    ax.figure.draw_without_rendering()
    assert to_hex(ax.lines[0].get_color()) == CELL_COLOURS["gru"]
    assert to_hex(ax.lines[1].get_color()) == cell_line("gru", 1).colour != CELL_COLOURS["gru"]
    assert [text.get_text() for text in ax.texts] == ["run 0", "run 1", "run 2", "LSTM"]
    boxes = [super(type(text), text).get_window_extent() for text in ax.texts]
    for a, b in combinations(boxes, 2):
        assert not a.overlaps(b)


def test_lag_counts_from_where_a_shorter_step_ends(call_record, dataset):
    short = call_record(1, [[-3.0, -4.0], [-1.0, -2.0]])
    ax = plot_gradient_norms(dataset([call_record(0, np.zeros((5, 3))), short]))
    np.testing.assert_array_equal(ax.lines[0].get_xdata(), [0, 1])
    np.testing.assert_allclose(ax.lines[0].get_ydata(), [-1.5, -3.5])
    assert "quartiles over 2 sequences" in ax.get_xlabel()


def test_no_run():
    with pytest.raises(ValueError, match="no run to draw"):
        plot_gradient_norms({})
    with pytest.raises(TypeError, match="a recording is an xarray"):
        plot_gradient_norms([1])
