"""Saturated fractions and time constants are those of the measures."""

import numpy as np
from report.data.made import only_place, recording

import gradviz as gv
from gradviz.report.data.frames import read_frame
from gradviz.report.data.panels import MostSaturated
from gradviz.report.data.place_blocks import places_of
from gradviz.report.data.typed import read_typed
from gradviz.report.data.unit_panels import saturation, unit_time_constants


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


def test_the_extreme_and_the_median_are_of_all_units_where_some_are_left_out():
    shares = {"unit_left": np.zeros((1, 1, 4, 40)), "unit_right": np.zeros((1, 1, 4, 40))}
    shares["unit_left"][0, 0, 2, 31] = 0.625
    shares["unit_right"][0, 0, 2, 31] = 0.25
    means = np.zeros((1, 1, 4, 40))
    means[..., 1::2] = 0.75
    means[..., 39] = np.nan
    (place,) = places_of(recording((0, 10), units=40, unit_mean=means, **shares))
    found, constants = saturation(place, 200), unit_time_constants(place, 100)
    assert 31 not in found.units.values
    assert found.most == [MostSaturated("candidate", 31, 0.875)] * 2
    assert len(constants.units.values) < 40
    np.testing.assert_array_equal(constants.medians.values, np.float32([1, 1]))


def test_of_units_that_are_not_known_there_is_no_extreme_and_no_median():
    nan = np.full((1, 1, 4, 3), np.nan)
    (place,) = places_of(recording((0,), unit_mean=nan, unit_left=nan, unit_right=nan))
    assert saturation(place, 1000).most == [None]
    assert np.isnan(unit_time_constants(place, 1000).medians.values).all()
