"""One gate over unit and time."""

import numpy as np
import pytest

from gradviz.errors import BadRecording, UnknownName
from gradviz.plots.gate_heatmap import plot_gate_heatmap


def test_shows_the_chosen_gate_sample_and_step(recording):
    tree = recording(full=True)
    ax = plot_gate_heatmap(tree, gate="output", step=10, sample=6)
    gates = tree["recurrent"]["gates"].sel(step=10, sample=6, gate="output", layer=0, direction="forward")
    np.testing.assert_array_equal(ax.images[0].get_array(), gates.transpose("unit", "time"))
    assert ax.images[0].get_clim() == (0, 1)
    assert "output gate at training step 10, sequence 6" in ax.get_title(loc="center")


def test_signed_gates_diverge_around_zero(recording):
    assert plot_gate_heatmap(recording(full=True), gate="candidate").images[0].get_clim() == (-1, 1)


def test_errors(recording):
    with pytest.raises(BadRecording, match="use detail='full'"):
        plot_gate_heatmap(recording())
    with pytest.raises(UnknownName, match="unknown gate 'forgt'; did you mean 'forget'"):
        plot_gate_heatmap(recording(full=True), gate="forgt")
    with pytest.raises(BadRecording, match="no sample 1; nearest is 0"):
        plot_gate_heatmap(recording(full=True), sample=1)
