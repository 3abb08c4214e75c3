"""Saturated fractions of each gate."""

import invented
import numpy as np
import pytest

from gradviz.errors import BadRecording
from gradviz.measures.saturation import saturation
from gradviz.recording.build_dataset import build_dataset
from gradviz.recording.call_record import CallRecord


def recording():
    left = np.zeros((1, 1, 4, 3))
    left[0, 0, :, 1] = [0.0, 0.5, 0.5, 1.0]
    right = np.full((1, 1, 4, 3), 0.25)
    right[0, 0, 3] = np.nan
    return invented.recording("gru", gate_left=[left], gate_right=[right])


def test_hand_computed():
    found = saturation(recording()).isel(step=0, layer=0, direction=0)
    np.testing.assert_allclose(found["left"].sel(gate=["reset", "update"]), [0, 0.5])
    np.testing.assert_allclose(found["right"], 0.25)  # the missing time step does not count
    np.testing.assert_allclose(found["both"].sel(gate="update"), 0.75)


def test_all_calls_or_one():
    records = [
        CallRecord(
            0,
            "gru",
            "gru",
            np.arange(2),
            {name: np.full((1, 1, 4 - call, 3), 0.125 * (call + 1)) for name in ("gate_left", "gate_right")},
            0.0,
            call=call,
        )
        for call in (0, 1)
    ]
    ds = build_dataset(records)
    # without norms calls weigh the same; only the first has a fourth time step
    np.testing.assert_allclose(saturation(ds)["both"], (3 * 0.375 + 0.25) / 4)
    np.testing.assert_allclose(saturation(ds, call=1)["both"], 0.5)


def test_units_and_names():
    found = saturation(recording())
    assert found["left"].attrs["units"] == "1"
    assert "below 0.1" in found["left"].attrs["long_name"]
    assert found["both"].dims == ("step", "layer", "direction", "gate")


def test_missing_gates_are_an_error():
    with pytest.raises(BadRecording, match="this GRU has no variable 'gate_right'"):
        saturation(recording().drop_vars("gate_right"))
