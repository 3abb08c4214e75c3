"""Saturated fractions, recorded and counted from activations."""

import numpy as np
import pytest
import xarray as xr

from gradviz.cell_descriptions import CELLS
from gradviz.errors import UnknownName
from gradviz.plots.drawing.saturated_fraction import saturated_fraction, saturated_sequences, thresholds


@pytest.mark.parametrize(
    ("cell", "gate", "expected"),
    [
        ("lstm", "forget", (0.1, 0.9)),
        ("gru", "candidate", (-0.9, 0.9)),
        ("rnn_relu", "hidden", (0, float("inf"))),
    ],
)
def test_thresholds(cell, gate, expected):
    assert thresholds(CELLS[cell], gate) == expected


@pytest.mark.parametrize(("side", "expected"), [("left", 0.25), ("right", 0.5), ("both", 0.75)])
def test_sequences_by_hand(side, expected):
    gates = xr.DataArray(
        np.array([0.1, 0.9, 1.0, 0.5, np.nan])[None, :, None], dims=("time", "sample", "unit")
    )
    fraction = saturated_sequences(gates, 0.1, 0.9, side=side)
    assert fraction.dims == ("unit", "time")
    assert fraction.item() == expected


@pytest.mark.parametrize("over", ["time", "unit"])
def test_recorded_fractions_add_up(recording, over):
    chosen = recording()["recurrent"].to_dataset().sel(layer=0, direction="forward", gate="forget")
    left, right, both = (
        saturated_fraction(chosen, side=side, over=over) for side in ("left", "right", "both")
    )
    assert both.dims == (over, "step")
    np.testing.assert_allclose(both, left + right)


def test_no_such_side(recording):
    with pytest.raises(UnknownName, match="unknown side 'rigth'; did you mean 'right'"):
        saturated_fraction(recording()["recurrent"].to_dataset(), side="rigth")
