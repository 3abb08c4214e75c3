"""Units by time constant: the order, the labels, and the recorded unit numbers."""

import numpy as np
import pytest

from gradviz.errors import BadRecording
from gradviz.measures.time_constants import time_constants
from gradviz.plots.gate_heatmap import plot_gate_heatmap
from gradviz.plots.unit_order import units_by_time_constant

MEANS = [0.5, 0.99, 0.1, 0.9, 0.7]


@pytest.fixture
def unordered(call_record, dataset):
    means = np.full((1, 1, 4, 5), 0.3)
    means[0, 0, 1] = MEANS
    gates = np.broadcast_to(np.array(MEANS), (1, 1, 6, 2, 4, 5))
    return dataset(
        [
            call_record(3, np.zeros((6, 2)), unit_mean=np.full((1, 1, 4, 5), 0.3)),
            call_record(7, np.zeros((6, 2)), unit_mean=means, gates=gates),
        ]
    )


def test_shortest_first(unordered):
    ordered = units_by_time_constant(unordered)
    assert ordered["recorded_unit"].values.tolist() == [2, 0, 4, 3, 1]
    assert ordered["unit"].values.tolist() == [0, 1, 2, 3, 4]
    constants = time_constants(ordered)["time_constant"].sel(step=7)
    np.testing.assert_allclose(constants, 1 / (1 - np.sort(MEANS)), rtol=1e-5)


def test_the_order_of_another_step(unordered):
    assert units_by_time_constant(unordered, step=3)["recorded_unit"].values.tolist() == [0, 1, 2, 3, 4]


def test_a_heatmap_shows_that_order_and_names_it(unordered):
    ax = plot_gate_heatmap(units_by_time_constant(unordered))
    np.testing.assert_allclose(ax.images[0].get_array()[:, 0], np.sort(MEANS), rtol=1e-6)
    assert ax.get_ylabel() == "hidden unit, by time constant"


def test_a_plain_rnn_has_no_time_constants(call_record, dataset):
    plain = dataset([call_record(0, np.zeros((3, 1)), cell="rnn", unit_mean=np.zeros((1, 1, 1, 5)))])
    with pytest.raises(BadRecording, match="no gate that keeps its state"):
        units_by_time_constant(plain)
