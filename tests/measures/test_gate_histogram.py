"""Histograms of gates: counted by hand, over the range of each gate."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from invented import one, recording
from torch import nn

import gradviz as gv
from gradviz.errors import BadRecording, UnknownName
from gradviz.measures.gate_histogram import gate_histogram

NAN = np.nan


def test_hand_counted():
    means = [[0.0, 0.25, 0.3, 1.0], [0.5, 0.5, NAN, 0.49], [-1, -0.5, 0, 1]]
    found = gate_histogram(recording("gru", unit_mean=one(means)), bins=4).squeeze()
    assert found["count"].dims == ("gate", "bin")
    np.testing.assert_array_equal(found["count"], [[1, 2, 0, 1], [0, 1, 2, 0], [1, 1, 1, 1]])
    np.testing.assert_allclose(found["bin_low"].sel(gate="update"), [0, 0.25, 0.5, 0.75])
    np.testing.assert_allclose(found["bin_high"].sel(gate="candidate"), [-0.5, 0, 0.5, 1])
    assert found["count"].attrs["long_name"] == "number of units, by their mean activation"


def test_a_gate_rounded_beyond_its_range_counts_in_the_last_bin():
    beyond = np.nextafter(np.float32(1), np.float32(2))
    found = gate_histogram(recording("rnn", unit_mean=one([[beyond, -beyond, 0]])), bins=2).squeeze()
    np.testing.assert_array_equal(found["count"], [1, 2])


def test_bins_of_a_relu_reach_to_its_largest_activation():
    found = gate_histogram(recording("rnn_relu", unit_mean=one([[0.0, 1, 5, 8]])), bins=4).squeeze()
    np.testing.assert_array_equal(found["count"], [2, 0, 1, 1])
    np.testing.assert_allclose(found["bin_high"], [2, 4, 6, 8])
    dead = gate_histogram(recording("rnn_relu", unit_mean=one([[0.0, 0]])), bins=2).squeeze()
    np.testing.assert_array_equal(dead["count"], [2, 0])
    np.testing.assert_array_equal(dead["bin_high"], [0.5, 1])
    small = gate_histogram(recording("rnn_relu", unit_mean=one([[0.0, 0.25]])), bins=2).squeeze()
    np.testing.assert_array_equal(small["bin_high"], [0.125, 0.25])


@settings(max_examples=25, deadline=None)
@given(
    arrays(np.float32, st.tuples(st.just(4), st.integers(1, 30)), elements=st.floats(0, 1, width=32)),
    st.integers(1, 9),
)
def test_every_unit_is_counted_once(means, bins):
    found = gate_histogram(recording("lstm", unit_mean=one(means)), bins=bins).squeeze(
        ["step", "layer", "direction"]
    )
    np.testing.assert_array_equal(found["count"].sum("bin"), means.shape[1])
    low, high = found["bin_low"].sel(gate="forget"), found["bin_high"].sel(gate="forget")
    for lower, upper, count in zip(low[:-1], high[:-1], found["count"].sel(gate="forget")[:-1], strict=True):
        inside = (means[1] > float(lower) + 1e-6) & (means[1] < float(upper) - 1e-6)
        around = (means[1] >= float(lower) - 1e-6) & (means[1] <= float(upper) + 1e-6)
        assert inside.sum() <= count <= around.sum()


def test_every_activation_at_every_recorded_step_of_a_training(tmp_path):
    gru = nn.GRU(3, 5, num_layers=2)
    with gv.record(gru, detail="full", path=tmp_path / "run") as tape:
        for _ in range(2):
            gru(torch.randn(7, 4, 3))[0].sum().backward()
            tape.step()
    tree = gv.load(tmp_path / "run")
    found = gate_histogram(tree, of="activations", bins=10)
    assert found["count"].dims == ("step", "layer", "direction", "gate", "bin")
    np.testing.assert_array_equal(found["count"].sum("bin"), np.full((2, 2, 1, 3), 7 * 4 * 5))
    assert found["count"].attrs["long_name"] == "number of activations"


def test_errors():
    ds = recording("gru", unit_mean=one(np.zeros((3, 2))))
    with pytest.raises(BadRecording, match=r"no variable 'gates'.*use detail='full'"):
        gate_histogram(ds, of="activations")
    with pytest.raises(UnknownName, match=r"unknown kind of histogram 'unit'; did you mean 'units'\?"):
        gate_histogram(ds, of="unit")
    with pytest.raises(ValueError, match="bins = 0: must be a whole number of at least 1"):
        gate_histogram(ds, bins=0)
