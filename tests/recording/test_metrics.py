"""Training curves: by hand, with gaps, and beside a recording of some steps."""

import numpy as np
import pytest
import xarray as xr

from gradviz.recording.metrics import checked_metric, curves, variable_attributes, with_metrics


def test_curves_have_gaps_where_a_metric_was_not_given():
    found = curves({"loss": {0: 1.0, 5: 3.0}, "my_accuracy": {2: 0.5}})
    assert found["iteration"].values.tolist() == [0, 2, 5]
    np.testing.assert_array_equal(found["loss"], [1, np.nan, 3])
    np.testing.assert_array_equal(found["my_accuracy"], [np.nan, 0.5, np.nan])
    assert found["my_accuracy"].attrs == {"long_name": "my accuracy", "units": "1"}
    assert found["loss"].attrs == variable_attributes("loss") == {"long_name": "loss", "units": "1"}
    assert curves({"loss": {}}).identical(xr.Dataset())


def test_only_the_recorded_steps_of_a_curve_stand_beside_them():
    recorded = xr.Dataset({"loss": ("step", [9.0] * 4)}, {"step": [0, 2, 3, 7]})
    found = with_metrics(recorded, curves({"loss": {0: 1.0, 1: 2.0, 2: 3.0, 5: 4.0}}))
    np.testing.assert_array_equal(found["loss"], [1, 3, np.nan, np.nan])
    assert with_metrics(recorded, xr.Dataset()) is recorded


@pytest.mark.parametrize("name", ["a/b", "iteration", "step", "log10_grad_h", ""])
def test_names_that_are_taken(name):
    with pytest.raises(ValueError, match="a metric cannot be called"):
        checked_metric(name, 1.0)


@pytest.mark.parametrize("value", [np.float32(2), np.array([2]), 2, True + 1])
def test_a_value_is_one_number(value):
    assert checked_metric("mine", value) == 2.0
    assert type(checked_metric("mine", value)) is float


@pytest.mark.parametrize("value", ["2", np.zeros(2), None, 1j])
def test_what_is_not_one_number(value):
    with pytest.raises(TypeError, match=r"metric 'mine' is .*; expected one number"):
        checked_metric("mine", value)


@pytest.mark.parametrize(
    ("value", "described"),
    [("2", "'2'"), (np.zeros((2, 3)), r"a ndarray of shape \(2, 3\)"), (None, "None"), ([1], r"\[1\]")],
)
def test_what_came_is_described(value, described):
    with pytest.raises(TypeError, match=f"metric 'mine' is {described}; expected one number"):
        checked_metric("mine", value)


def test_iterations_are_whole_numbers_in_order():
    found = curves({"b": {9: 1.0, 3: 2.0}, "a": {}})
    assert found["iteration"].dtype == np.int64
    assert found["iteration"].attrs == {"long_name": "training step", "units": "1"}
    assert found["b"].values.tolist() == [2, 1]
    assert np.isnan(found["a"]).all()
    assert found["b"].dtype == np.float64


def test_a_metric_beside_the_steps_has_its_attributes():
    recorded = xr.Dataset({"state_h": ("step", [1.0, 2.0])}, {"step": [2, 9]}, {"cell": "gru"})
    found = with_metrics(recorded, curves({"grad_norm": {2: 5.0, 3: 6.0}}))
    np.testing.assert_array_equal(found["grad_norm"], [5, np.nan])
    assert found["grad_norm"].attrs == {"long_name": "gradient norm before clipping", "units": "1"}
    assert found["state_h"].values.tolist() == [1, 2]
    assert found.attrs == {"cell": "gru"}
    assert list(recorded.data_vars) == ["state_h"]
