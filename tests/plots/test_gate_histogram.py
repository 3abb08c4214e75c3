"""Histograms of gates: shares that add up, bins that hold as many of a recording's levels each."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradviz.errors import BadRecording
from gradviz.plots.gate_histogram import BIN_WIDTH, bin_edges, plot_gate_histogram, shares


def lines_of(ax):
    return {patch.get_label(): patch.get_data() for patch in ax.patches}


@pytest.fixture
def known(moment, dataset):
    """The forget gate is open in three of four activations, shut in one; the candidate is -1."""
    gates = np.full((1, 1, 4, 1, 4, 5), 0.5)
    gates[:, :, :3, :, 1], gates[:, :, 3, :, 1] = 1, 0
    gates[..., 2, :] = -1
    gates[..., 3, :] = np.nan
    return dataset([moment(0, np.zeros((4, 1)), gates=gates)])


def test_shares(known):
    ax = plot_gate_histogram(known)
    forget, candidate = lines_of(ax)["forget"], lines_of(ax)["candidate"]
    assert (forget.values[0], forget.values[-1]) == (0.25, 0.75)
    assert forget.values[1:-1].sum() == 0
    assert candidate.values[0] == 1
    assert (round(forget.edges[0], 2), round(candidate.edges[0], 2)) == (0, -1.01)
    assert np.isnan(lines_of(ax)["output"].values).all()


def test_thresholds_of_the_gates_that_are_drawn(known):
    def dotted(data):
        return [line.get_xdata()[0] for line in plot_gate_histogram(data).lines]

    assert dotted(known) == [-0.9, 0.1, 0.9]
    assert dotted(known.sel(gate=["forget"])) == dotted(known.sel(gate="forget")) == [0.1, 0.9]
    assert dotted(known.sel(gate=["candidate"])) == [-0.9, 0.9]


def test_every_bin_holds_four_levels_of_a_file():
    levels = np.arange(-127, 128) / 127
    counts = np.histogram(levels, bins=bin_edges(levels, signed=True))[0]
    assert counts.tolist() == [3] + [4] * 63
    counts = np.histogram(levels[127:], bins=bin_edges(levels[127:], signed=False))[0]
    assert counts.tolist() == [4] * 32


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(-1, 1), min_size=1, max_size=60), st.floats(0, 1e4))
def test_every_finite_activation_is_in_a_bin(values, largest):
    values = np.array([*values, largest, np.nan, np.inf])
    edges = bin_edges(values, signed=True)
    drawn = shares(values, edges)
    assert drawn.sum() == pytest.approx(1)
    finite = values[np.isfinite(values)]
    slow = [np.mean((finite >= low) & (finite < high)) for low, high in pairwise(edges)]
    np.testing.assert_allclose(drawn, slow)
    assert len(edges) <= 257


def test_relu_reaches_beyond_one(moment, dataset):
    gates = np.linspace(0, 3, 20).reshape(1, 1, 4, 1, 1, 5)
    sides = {name: np.zeros((1, 1, 4, 1)) for name in ("gate_left", "gate_right")}
    ax = plot_gate_histogram(dataset([moment(0, np.zeros((4, 1)), cell="rnn_relu", gates=gates, **sides)]))
    assert not ax.lines
    (line,) = ax.patches
    assert line.get_data().edges[-1] >= 3
    assert line.get_data().values.sum() == pytest.approx(1)
    assert ax.get_xlim()[0] == pytest.approx(-1 / 254)


def test_needs_every_gate(recording):
    with pytest.raises(BadRecording, match="use detail='full'"):
        plot_gate_histogram(recording())
    assert pytest.approx(4 / 127) == BIN_WIDTH
