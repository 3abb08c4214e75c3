"""Fractions of training steps with a mistake: by hand, and what is said without the data."""

import math

import numpy as np
import pytest
import xarray as xr

import gradviz as gv
from gradviz.errors import BadRecording

NAN = math.nan


def dataset(**columns):
    length = max(map(len, columns.values()))
    return xr.Dataset(
        {name: ("step", np.array(values, float)) for name, values in columns.items()},
        {"step": np.arange(length)},
    )


def values(found):
    return {str(name): float(found[name]) for name in found}


def test_gradients_not_zeroed():
    found = values(gv.gradients_not_zeroed(dataset(parameters_not_zeroed=[0, 4, 0, 6, NAN])))
    assert found == {"not_zeroed_fraction": pytest.approx(2 / 3), "most_not_zeroed": 6}
    assert math.isnan(
        values(gv.gradients_not_zeroed(dataset(parameters_not_zeroed=[0])))["not_zeroed_fraction"]
    )


def test_parameters_not_in_optimizer():
    found = values(gv.parameters_not_in_optimizer(dataset(parameters_not_in_optimizer=[4, 2, NAN])))
    assert found == {"left_out": 2}
    with pytest.raises(BadRecording, match="optimizer=optimizer"):
        gv.parameters_not_in_optimizer(dataset(loss=[1.0]))


def test_loss_mistakes():
    found = values(
        gv.loss_mistakes(dataset(softmax_before_log_softmax=[1, 0, NAN], target_broadcast=[NAN, NAN, NAN]))
    )
    assert found["softmax_twice_fraction"] == 0.5
    assert math.isnan(found["broadcast_fraction"])
    assert math.isnan(found["sigmoid_twice_fraction"])


def test_update_size():
    found = values(gv.update_size(dataset(update_ratio=[0.5, 0.01, 0.02])))
    assert found == {
        "first_update_ratio": 0.5,
        "largest_update_ratio": 0.5,
        "median_update_ratio": 0.02,
        "total_update_ratio": 0.53,
    }


def test_forgotten_steps():
    assert values(gv.forgotten_steps(dataset(steps_without_tape_step=[NAN, 40, 33])))["forgotten_steps"] == 40
    assert values(gv.forgotten_steps(dataset(loss=[1.0])))["forgotten_steps"] == 0


def test_steps_from_one_state():
    def most(**columns):
        ds = dataset(**columns).assign_attrs(cell="gru")
        return values(gv.steps_from_one_state(ds))["most_calls_from_one_state"]

    assert most(calls_from_one_state=[NAN, 3, 6, 5]) == 6
    assert most(loss=[1.0]) == 0


def test_undetached_steps():
    assert values(gv.undetached_steps(dataset(continues_step=[NAN, 1, 0])))["undetached_fraction"] == 0.5


@pytest.mark.parametrize(
    "measure",
    [
        gv.gradients_not_zeroed,
        gv.loss_mistakes,
        gv.update_size,
        gv.undetached_steps,
        gv.scrambled_input,
        gv.scrambled_state,
    ],
)
def test_without_the_data(measure):
    with pytest.raises(BadRecording):
        measure(dataset(loss=[1.0]))
