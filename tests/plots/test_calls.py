"""A module called twice in a step: every plot requires the choice of a call, and draws that one."""

import numpy as np
import pytest

from gradviz.errors import BadRecording
from gradviz.plots.comparison import figure_comparison
from gradviz.plots.gate_heatmap import plot_gate_heatmap
from gradviz.plots.gate_histogram import plot_gate_histogram
from gradviz.plots.gate_saturation import plot_gate_saturation
from gradviz.plots.gradient_heatmap import plot_gradient_heatmap
from gradviz.plots.gradient_norms import plot_gradient_norms
from gradviz.plots.gradient_paths import plot_gradient_paths
from gradviz.plots.learning_curve import plot_learning_curve
from gradviz.plots.saturation_comparison import GateOf, figure_saturation
from gradviz.plots.saturation_heatmap import plot_saturation_heatmap
from gradviz.plots.text import plot_text
from gradviz.plots.time_constants import plot_time_constants
from gradviz.plots.unit_order import units_by_time_constant
from gradviz.plots.unit_saturation import plot_unit_saturation
from gradviz.recording.assemble import assemble
from gradviz.recording.metrics import curves

PLOTS = {
    "gradient_heatmap": plot_gradient_heatmap,
    "gradient_norms": plot_gradient_norms,
    "gate_heatmap": plot_gate_heatmap,
    "saturation_heatmap": plot_saturation_heatmap,
    "comparison": lambda tree: figure_comparison({"a": tree}, title="claim"),
    "gate_saturation": plot_gate_saturation,
    "gate_histogram": plot_gate_histogram,
    "unit_saturation": plot_unit_saturation,
    "gradient_paths": plot_gradient_paths,
    "time_constants": plot_time_constants,
    "units_by_time_constant": units_by_time_constant,
    "saturation": lambda tree: figure_saturation([GateOf("a", tree, "forget")], title="claim"),
}


@pytest.fixture
def twice(call_record, dataset):
    """Two calls of 6 and 4 time steps, whose log10 norms are minus the lag and minus half the lag."""
    records = [
        call_record(
            step,
            -slope * np.arange(times)[::-1, None] * np.ones(3),
            full=True,
            call=call,
            unit_mean=np.full((1, 1, 4, 5), 0.5),
            log10_grad_path=np.zeros((1, 1, times, 3, 6)),
        )
        for step in (0, 1)
        for call, (times, slope) in enumerate([(6, 1.0), (4, 0.5)])
    ]
    return assemble({"recurrent": dataset(records)}, curves({"loss": {0: 1.0, 1: 0.5}}), {})


@pytest.mark.parametrize("name", PLOTS)
def test_one_call_has_to_be_chosen(twice, name):
    with pytest.raises(
        BadRecording, match=r"holds 2 calls of this module.*\(call 0, 1\).*data\.sel\(call=0\)"
    ):
        PLOTS[name](twice)
    for call in (0, 1, [1]):
        PLOTS[name](twice.sel(call=call))


def test_heatmap_of_the_second_call(twice):
    mesh = plot_gradient_heatmap(twice.sel(call=1)).images[0]
    drawn = np.ma.filled(mesh.get_array().astype(float), np.nan)
    lags = np.array([3, 2, 1, 0, np.nan, np.nan])
    np.testing.assert_allclose(drawn, np.stack([-0.5 * lags] * 2, axis=1), atol=1e-6)


def test_norms_of_the_second_call_count_from_its_own_end(twice):
    line = plot_gradient_norms(twice.sel(call=1)).lines[0]
    np.testing.assert_array_equal(line.get_xdata(), [0, 1, 2, 3])
    np.testing.assert_allclose(line.get_ydata(), [0, -0.5, -1, -1.5])


def test_text_of_the_second_call(twice):
    with pytest.raises(BadRecording, match=r"data\.sel\(call=0\)"):
        plot_text(twice, "four")
    characters = plot_text(twice.sel(call=1), "four").texts
    assert [character.get_text() for character in characters] == list("four")


def test_fractions_of_the_second_call(twice):
    mesh = plot_saturation_heatmap(twice.sel(call=1), gate="output", side="left").images[0]
    expected = twice["recurrent"]["gate_left"].sel(
        call=1, gate="output", layer=0, direction="forward", time=[0, 1, 2, 3]
    )
    np.testing.assert_array_equal(np.asarray(mesh.get_array())[:4], expected.transpose("time", "step"))


def test_the_loss_needs_no_choice(twice):
    np.testing.assert_array_equal(plot_learning_curve(twice).lines[0].get_ydata(), [1.0, 0.5])
