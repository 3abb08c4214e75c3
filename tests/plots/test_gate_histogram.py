"""Histograms of gates: areas of 1, and bins that contain the same number of stored levels."""

import numpy as np
import pytest

from gradviz.errors import BadRecording
from gradviz.plots.gate_histogram import plot_gate_histogram


def lines_of(ax):
    return {patch.get_label(): patch.get_data() for patch in ax.patches}


@pytest.fixture
def known(call_record, dataset):
    """The forget gate is 1 in three of four activations and 0 in one; the candidate is -1."""
    gates = np.full((1, 1, 4, 1, 4, 5), 0.5)
    gates[:, :, :3, :, 1], gates[:, :, 3, :, 1] = 1, 0
    gates[..., 2, :] = -1
    gates[..., 3, :] = np.nan
    return dataset([call_record(0, np.zeros((4, 1)), gates=gates)])


def test_densities(known):
    ax = plot_gate_histogram(known)
    forget, candidate = lines_of(ax)["forget"], lines_of(ax)["candidate"]
    assert (forget.values[0], forget.values[-1]) == (0.25 * 32, 0.75 * 32)
    assert forget.values[1:-1].sum() == 0
    assert candidate.values[0] == 16
    assert (forget.edges[0], forget.edges[-1], candidate.edges[0]) == (0, 1, -1)
    assert not lines_of(ax)["output"].values.any()
    for line in (forget, candidate):
        assert np.sum(line.values * np.diff(line.edges)) == pytest.approx(1)
    assert (ax.get_ylabel(), ax.get_xlim()) == ("density of activations", (-1, 1))


def test_of_units(known):
    means = np.full((1, 1, 4, 5), 0.5)
    means[0, 0, 1] = [0.01, 0.01, 0.99, 0.5, 0.51]
    ax = plot_gate_histogram(
        known.assign(unit_mean=(("layer", "direction", "gate", "unit"), means)), of="units"
    )
    assert lines_of(ax)["forget"].values[[0, 16, 31]] * 5 / 32 == pytest.approx([2, 2, 1])
    assert ax.get_ylabel() == "density of units"
    assert ax.get_xlabel().startswith("mean gate activation of a unit")


def test_thresholds_of_the_gates_that_are_drawn(known):
    def dotted(data):
        return [line.get_xdata()[0] for line in plot_gate_histogram(data).lines]

    assert dotted(known) == [-0.9, 0.1, 0.9]
    assert dotted(known.sel(gate=["forget"])) == [0.1, 0.9]
    assert dotted(known.sel(gate=["candidate"])) == [-0.9, 0.9]


def test_every_bin_contains_the_same_number_of_stored_levels(known):
    levels = np.arange(-127, 128, dtype=np.float32) * np.float32(1 / 127)
    gates = np.zeros((1, 1, 255, 1, 4, 1), dtype=np.float32)
    gates[0, 0, :, 0, 2, 0], gates[0, 0, 127:, 0, 1, 0] = levels, levels[127:]
    gates[0, 0, :127, 0, 1, 0] = np.nan
    dims = ("layer", "direction", "time", "sample", "gate", "unit")
    data = known.drop_dims(["time", "unit"]).assign(gates=(dims, gates))
    lines = lines_of(plot_gate_histogram(data))
    assert (lines["forget"].values * 128 / 32).tolist() == pytest.approx([4] * 32)
    assert (lines["candidate"].values * 255 / 16).tolist() == pytest.approx([8] * 15 + [7] + [8] * 16)


def test_relu_reaches_beyond_one(call_record, dataset):
    gates = np.linspace(0, 3, 20).reshape(1, 1, 4, 1, 1, 5)
    sides = {name: np.zeros((1, 1, 4, 1)) for name in ("gate_left", "gate_right")}
    ax = plot_gate_histogram(
        dataset([call_record(0, np.zeros((4, 1)), cell="rnn_relu", gates=gates, **sides)])
    )
    assert not ax.lines
    (line,) = ax.patches
    assert ax.get_xlim() == (0, 3)
    assert line.get_data().values.sum() * 3 / 32 == pytest.approx(1)


def test_activations_need_full_detail(recording):
    with pytest.raises(BadRecording, match="use detail='full'"):
        plot_gate_histogram(recording())
