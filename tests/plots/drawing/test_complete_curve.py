"""The complete curve of a metric, and the last step it has."""

import numpy as np
import pytest
import xarray as xr

from gradviz.errors import UnknownName
from gradviz.plots.drawing.complete_curve import complete_curve, last_step


def test_every_iteration_of_a_tree_and_recorded_steps_of_a_module(recording):
    tree = recording(loss=np.arange(31.0))
    module = tree["recurrent"].to_dataset()
    assert complete_curve(tree).dims == ("iteration",)
    np.testing.assert_array_equal(complete_curve(tree), np.arange(31.0))
    assert complete_curve(module).dims == ("step",)
    np.testing.assert_array_equal(complete_curve(module), [0, 10, 20, 30])


def test_a_curve_that_gradviz_measured_is_of_recorded_steps(recording):
    values = np.full(31, np.nan)
    values[[0, 20, 30]] = [1, 3, 4]
    tree = recording(loss=values)
    for name in ("update_ratio", "mine"):
        tree[name] = tree["loss"]
    tree["grad_norm"] = xr.where(tree["iteration"] < 25, 1.0, np.nan)
    found = complete_curve(tree, "update_ratio")
    assert found["iteration"].values.tolist() == [0, 10, 20, 30]
    np.testing.assert_array_equal(found, [1, np.nan, 3, 4])
    for name in ("loss", "mine", "grad_norm"):
        assert complete_curve(tree, name).size == 31


def test_last_step(recording):
    tree = recording(steps=(0, 10))
    assert last_step(tree) == 10
    assert last_step(tree["recurrent"].to_dataset()) is None


def test_no_such_metric(recording):
    with pytest.raises(UnknownName, match="unknown variable 'los'; did you mean 'loss'"):
        complete_curve(recording(), "los")
