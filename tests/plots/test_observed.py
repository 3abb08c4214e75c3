"""Plots of a recurrence written by hand: its gradient is drawn, and it has no gates."""

import numpy as np
import pytest
from matplotlib.colors import to_hex

from gradviz.errors import BadRecording
from gradviz.plots.drawing.palette import CELL_COLOURS
from gradviz.plots.gate_heatmap import plot_gate_heatmap
from gradviz.plots.gradient_heatmap import plot_gradient_heatmap
from gradviz.plots.gradient_norms import plot_gradient_norms
from gradviz.plots.saturation_comparison import GateOf, figure_saturation
from gradviz.plots.saturation_heatmap import plot_saturation_heatmap
from gradviz.recording.build_dataset import build_dataset
from gradviz.recording.call_record import CallRecord


@pytest.fixture
def observed():
    norms = np.broadcast_to(-0.25 * np.arange(5)[::-1, None], (1, 1, 5, 2))
    variables = {"log10_grad_h": norms, "state_h": np.ones((1, 1, 5, 2))}
    return build_dataset(
        [CallRecord(step, "loop", "observed", np.arange(2), variables, 0.0) for step in (0, 1)]
    )


def test_its_gradient_is_drawn(observed):
    line = plot_gradient_norms(observed).lines[0]
    np.testing.assert_allclose(line.get_ydata(), -0.25 * np.arange(5))
    assert to_hex(line.get_color()) == CELL_COLOURS["observed"]
    assert line.get_label() == "recurrence"
    mesh = plot_gradient_heatmap(observed).images[0]
    np.testing.assert_allclose(mesh.get_array()[:, 0], -0.25 * np.arange(5)[::-1], atol=1e-6)


@pytest.mark.parametrize(
    "plot",
    [
        plot_gate_heatmap,
        plot_saturation_heatmap,
        lambda data: plot_saturation_heatmap(data, gate="forget", over="unit"),
        lambda data: figure_saturation([GateOf("mine", data, "forget")], title="claim"),
    ],
)
def test_a_plot_of_gates_is_an_error(observed, plot):
    with pytest.raises(BadRecording, match="this recurrence was written by hand and has no gates"):
        plot(observed)
