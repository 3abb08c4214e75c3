"""Saturated fractions and time constants are those of the measures."""

import numpy as np
from report.data.made import only_place, recording

import gradviz as gv
from gradviz.report.data.frames import read_frame
from gradviz.report.data.typed import read_typed


def test_saturation_and_time_constants_equal_the_measures():
    tree = recording((0, 10), units=4)
    place = only_place(tree)
    measured = gv.unit_saturation(tree).isel(layer=0, direction=0).transpose("step", "gate", "unit")
    for side in ("left", "right"):
        expected = measured[side].sel(gate=place["saturation"]["gates"]).values
        np.testing.assert_allclose(
            read_frame(place["saturation"][side]).values(), expected, rtol=0, atol=0.4 / 498
        )
    assert "above 0.9" in place["saturation"]["right_meaning"]
    constants = gv.time_constants(tree)["time_constant"].isel(layer=0, direction=0).values
    np.testing.assert_array_equal(read_typed(place["time_constants"]["values"]), constants.astype(np.float32))
    assert place["time_constants"]["gate"] == "forget"
