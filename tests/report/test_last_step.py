"""The numbers of the last recorded step: which gradient is largest and smallest, how much is odd."""

import math

import numpy as np
import pytest
import xarray as xr
from diagnosis.recorded import dataset

import gradviz as gv
from gradviz.errors import BadRecording
from gradviz.report.last_step import (
    BELOW,
    ZERO,
    Extreme,
    GradientOverTime,
    gradients_over_time,
    last_step,
    odd_values,
    saturated_gates,
)

INF = np.inf


def of_steps(*totals):
    steps = [dataset(total=total).assign_coords(step=[number]) for number, total in enumerate(totals)]
    return xr.concat(steps, "step", data_vars="minimal").assign_attrs(steps[0].attrs)


def test_only_the_last_step_counts():
    module = of_steps([-9.0, 5.0, 0.0], [-2.0, -1.0, -3.0])
    assert last_step(module).sizes["step"] == 1
    found = list(gradients_over_time("m", last_step(module)))
    assert found == [GradientOverTime("m", Extreme(-1.0, 1), Extreme(-3.0, 2))]
    assert found[0].decades == 2.0


def test_it_is_the_mean_of_the_norms_over_sequences():
    module = dataset(total=[0.0, 0.0])
    module["log10_grad_h"][:] = np.array([[0.0, -INF], [-1.0, -1.0]])
    found = next(iter(gradients_over_time("m", last_step(module))))
    assert found.largest.log10 == pytest.approx(math.log10(0.5))
    assert found.smallest == Extreme(-1.0, 1)


def test_the_label_of_the_time_step_is_named():
    module = dataset(total=[0.0, -1.0, -2.0]).isel(time=[2, 1])
    found = next(iter(gradients_over_time("m", last_step(module))))
    assert (found.largest.time, found.smallest.time) == (1, 2)


def test_no_step_is_finite():
    found = next(iter(gradients_over_time("m", last_step(dataset(total=[INF, -INF])))))
    assert found == GradientOverTime("m", None, None)
    assert found.decades == -INF


def test_saturated_gates_are_those_of_the_measure():
    module = dataset("lstm", left={"forget": 0.25}, right={"output": 0.5})
    measured = gv.saturation(module)
    found = {(each.what, each.value) for each in saturated_gates("m", last_step(module)) if each.value}
    assert found == {("forget below 0.1", 0.25), ("output above 0.9", 0.5)}
    assert measured["left"].sel(gate="forget").item() == 0.25
    with pytest.raises(BadRecording, match="gate_left"):
        list(saturated_gates("m", last_step(module.drop_vars("gate_left"))))


def test_zero_and_underflow_are_two_things():
    underflow = np.array([[1.0, 1.0], [0.0, 0.0], [0.0, 0.0], [0.0, 0.0]])[None, None, None]
    module = dataset(total=[-INF, -INF, -5.0, 0.0], underflow=underflow)
    found = {each.what: each.value for each in odd_values("m", last_step(module))}
    assert found[ZERO] == 0.25
    assert found[BELOW] == 0.25


def test_padding_is_not_counted():
    module = dataset(total=[np.nan, np.nan, -INF, 0.0])
    found = {each.what: each.value for each in odd_values("m", last_step(module))}
    assert found[ZERO] == 0.5


def test_layers_and_directions_are_named():
    parts = [dataset(total=[0.0, -1.0]).assign_coords(layer=[layer]) for layer in (0, 1)]
    layers = xr.concat(parts, "layer", data_vars="minimal")
    both = xr.concat(
        [layers.assign_coords(direction=[name]) for name in ("forward", "reverse")],
        "direction",
        data_vars="minimal",
    ).assign_attrs(parts[0].attrs)
    assert [each.where for each in gradients_over_time("m", last_step(both))] == [
        "m, layer 0",
        "m, layer 0, reverse direction",
        "m, layer 1",
        "m, layer 1, reverse direction",
    ]
