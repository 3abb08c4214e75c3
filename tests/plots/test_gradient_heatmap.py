"""The gradient heatmap: values of the mesh, the norm, the legend and the colour bar."""

import io
import time

import matplotlib.pyplot as plt
import numpy as np
import pytest
import xarray as xr
from matplotlib.colors import to_hex

from gradviz.errors import BadRecording, UnknownName
from gradviz.plots.drawing.palette import AMBER, MARKS
from gradviz.plots.gradient_heatmap import plot_gradient_heatmap


def mesh_of(ax):
    return ax.images[0]


def legend_of(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()] if ax.get_legend() else []


def test_cells_are_the_mean_of_norms(call_record, dataset):
    values = np.tile([0.0, -2.0], (3, 1))
    mesh = mesh_of(plot_gradient_heatmap(dataset([call_record(0, values), call_record(10, values - 100)])))
    assert mesh.get_array().shape == (3, 2)
    np.testing.assert_allclose(mesh.get_array()[:, 0], np.log10(0.505), rtol=1e-6)
    np.testing.assert_allclose(mesh.get_array()[:, 1], np.log10(0.505) - 100, rtol=1e-6)


def test_time_goes_up_and_steps_right(recording):
    ax = plot_gradient_heatmap(recording())
    mesh = mesh_of(ax)
    assert mesh.get_array()[-1, 0] > mesh.get_array()[0, 0]
    assert ax.get_ylim() == (-0.5, 11.5)
    assert ax.get_xlim() == (-0.5, 30.5)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("training step", "time step")


def test_limits_are_whole_decades_and_robust(call_record, dataset):
    values = np.tile(np.linspace(-3.4, -0.6, 200)[:, None], (1, 2))
    values[0], values[1], values[2] = -80, 30, np.inf
    ax = plot_gradient_heatmap(dataset([call_record(0, values)]))
    assert mesh_of(ax).get_clim() == (-4, 0)
    bar = mesh_of(ax).colorbar
    assert bar.extend == "both"
    labels = [text.get_text() for text in bar.ax.get_yticklabels()]
    assert labels == [f"$10^{{{n}}}$" for n in (-4, -3, -2, -1, 0)]
    assert bar.ax.get_ylabel() == "total gradient ‖dL/dh‖\nmean over sequences"


def test_below_scale_is_distinct_and_dark_is_little(recording):
    mesh = mesh_of(plot_gradient_heatmap(recording()))
    low, high = mesh.get_clim()
    shades = mesh.to_rgba(np.array([low - 1, low, (low + high) / 2, high]))[:, :3].sum(axis=1)
    assert np.all(np.diff(shades) > 0.1)


def test_four_marks_with_counts(call_record, dataset):
    values = np.full((10, 4), -3.0)
    values[:2], values[2], values[3] = -np.inf, np.inf, np.nan
    values[4:7] = -60
    underflow = np.zeros((1, 1, 10, 4))
    underflow[0, 0, 4:7] = 1
    underflow[0, 0, 7, 0] = 1  # one of four sequences is not more than half
    ax = plot_gradient_heatmap(dataset([call_record(0, values, underflow=underflow)]))
    assert legend_of(ax) == [
        "exactly zero (2 cells)",
        "below float range (3 cells)",
        "not finite (1 cell)",
        "nothing recorded (1 cell)",
    ]
    assert mesh_of(ax).get_clim() == (-4, -3)
    assert np.ma.count_masked(mesh_of(ax).get_array()) == 7
    patches = {p.get_gid(): p for p in ax.patches}
    assert {name: to_hex(patch.get_facecolor()) for name, patch in patches.items()} == {
        name: mark.colour for name, mark in MARKS.items()
    }
    box = patches["underflow"].get_path().get_extents()
    assert (box.y0, box.y1) == (3.5, 6.5)
    assert all(patch.get_hatch() for patch in patches.values())


def test_marks_only_when_they_occur(recording):
    ax = plot_gradient_heatmap(recording())
    assert ax.get_legend() is None
    assert not ax.patches


def test_all_zero_still_draws(call_record, dataset):
    ax = plot_gradient_heatmap(dataset([call_record(0, np.full((3, 2), -np.inf))]))
    assert legend_of(ax) == ["exactly zero (3 cells)"]


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("steps", [(5,), (0, 1, 100)])
def test_one_step_and_one_time(recording, times, steps):
    ax = plot_gradient_heatmap(recording(steps=steps, times=times))
    ax.figure.draw_without_rendering()
    assert mesh_of(ax).get_array().shape == (times, len(steps))


def test_other_variables(call_record, dataset):
    data = dataset([call_record(0, np.zeros((3, 2)), log10_grad_c=np.full((1, 1, 3, 2), -5.0))])
    ax = plot_gradient_heatmap(data, variable="log10_grad_c")
    np.testing.assert_allclose(mesh_of(ax).get_array(), -5)
    assert "cell-state gradient" in mesh_of(ax).colorbar.ax.get_ylabel()


def test_gate_variable_asks_for_a_gate(call_record, dataset):
    data = dataset([call_record(0, np.zeros((3, 2)), log10_grad_gate=np.zeros((1, 1, 3, 2, 4)))])
    with pytest.raises(BadRecording, match=r"gate: choose one with data\.sel\(gate='input'\)"):
        plot_gradient_heatmap(data, variable="log10_grad_gate")
    chosen = data.sel(gate="forget")
    assert plot_gradient_heatmap(chosen, variable="log10_grad_gate").get_title() == "forget gate"
    assert plot_gradient_heatmap(chosen).get_title() == ""  # this one is not about a gate


def test_informative_steps_are_amber_and_named_once(recording):
    ax = plot_gradient_heatmap(recording(), informative=[0, 1, 2, 7])
    bars = [(p.get_y(), p.get_height(), to_hex(p.get_facecolor())) for p in ax.patches]
    assert bars == [(-0.5, 3, AMBER), (6.5, 1, AMBER)]
    assert [text.get_text() for text in ax.texts] == ["informative\ntime steps"]


def test_draws_on_the_axes_it_is_given(recording):
    figure, axes = plt.subplots(1, 2)
    assert plot_gradient_heatmap(recording(), ax=axes[1]) is axes[1]
    assert not axes[0].collections
    assert plt.get_fignums() == [figure.number]


def test_errors_name_what_there_is(recording):
    with pytest.raises(UnknownName, match="did you mean 'log10_grad_h'"):
        plot_gradient_heatmap(recording(), variable="log10_gradh")
    with pytest.raises(BadRecording, match="no layer 3; it has 0"):
        plot_gradient_heatmap(recording(), layer=3)
    assert not plt.get_fignums()


def test_two_thousand_by_one_thousand_in_seconds():
    values = np.random.default_rng(0).uniform(-9, 0, (2000, 1, 1, 1000, 2)).astype(np.float32)
    dims = ("step", "layer", "direction", "time", "sample")
    data = xr.Dataset({"log10_grad_h": (dims, values)}, coords={"layer": [0], "direction": ["forward"]})
    ax = plot_gradient_heatmap(data)
    ax.figure.savefig(io.BytesIO(), format="png")  # loads the fonts
    started = time.process_time()
    plot_gradient_heatmap(data).figure.savefig(io.BytesIO(), format="png")
    assert time.process_time() - started < 2.5  # far from the usual time, to catch a slow path


@pytest.mark.parametrize(("broken", "note"), [(1, ", in 1 of 4 sequences"), (4, "")])
def test_legend_counts_the_sequences_that_are_not_finite(call_record, dataset, broken, note):
    values = np.zeros((3, 4))
    values[:, :broken] = np.inf
    ax = plot_gradient_heatmap(dataset([call_record(0, values), call_record(10, values)]))
    assert legend_of(ax) == [f"not finite (6 cells{note})"]
