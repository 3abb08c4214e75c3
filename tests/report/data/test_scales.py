"""One scale for each quantity, whole decades for norms, robust against spikes."""

import numpy as np
import pytest
from report.data.made import recording

import gradviz as gv
from gradviz.report.data.run_data import run_data
from gradviz.report.data.scales import Scale, common_scales, decades


def scales(*trees):
    return common_scales([run_data(tree) for tree in trees])


def test_decades_are_those_of_the_heatmap():
    trees = [recording((0, 1), times=30), recording((0, 1), times=60)]
    found = scales(*trees)["log10_grad_h"]
    assert (found.low, found.high) == gv.shared_limits(trees)
    assert found.kind == "decades"


def test_marks_do_not_set_a_scale():
    norms = np.full((1, 1, 6, 2), -3.5)
    norms[0, 0, 0], norms[0, 0, 1] = -30, np.inf
    underflow = np.zeros((1, 1, 6, 2))
    underflow[0, 0, 0] = 1
    found = scales(recording((0,), log10_grad_h=norms, underflow=underflow))["log10_grad_h"]
    assert found == Scale(-4.0, -3.0, "decades", "neither")


def test_what_lies_beyond_a_scale_is_told():
    found = decades([np.concatenate([np.full(999, -2.5), [-9.5]])])
    assert found == Scale(-3.0, -2.0, "decades", "min")
    assert decades([np.array([np.nan])]) == Scale(-1.0, 0.0, "decades")


def test_gates_by_squashing_function():
    relu = np.full((1, 1, 6, 2, 1, 3), 4.0)
    found = scales(recording((0,)), recording((0,), cell="rnn_relu", gates=relu))
    assert found["gates/sigmoid"] == Scale(0.0, 1.0)
    assert found["gates/tanh"] == Scale(-1.0, 1.0)
    assert found["gates/relu"] == Scale(0.0, 4.0)


def test_time_constants_end_at_a_whole_decade():
    kept = np.full((1, 1, 4, 3), 1 - 1 / 250)
    found = scales(recording((0,), unit_mean=kept), recording((0,), cell="rnn"))["time_constant"]
    assert found == Scale(1.0, 1000.0, "log10")
    assert scales(recording((0,), cell="rnn"))["time_constant"] == Scale(1.0, 10.0, "log10")


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        ([4.0, 2.0, 1.0], Scale(1.0, 4.0, "log10")),
        ([1.0, 0.0], Scale(0.0, 1.0, "linear")),
        ([np.nan, np.inf], Scale(0.0, 1.0, "linear")),
        ([2.0, 2.0], Scale(2.0, 20.0, "log10")),
        ([0.0, 0.0], Scale(0.0, 1.0, "linear")),
        ([1.0] * 999 + [1e30], Scale(1.0, 10.0, "log10", "max")),
    ],
)
def test_curves(loss, expected):
    assert scales(recording((0,), loss=loss))["curve/loss"] == expected


def test_no_run_has_data():
    found = scales(type(recording((0,)))())
    assert found["step"] == found["time"] == Scale(0.0, 1.0)
    assert "log10_grad_h" not in found


def test_training_steps_of_a_curve_may_lie_beyond_those_recorded():
    found = scales(recording((0, 10), loss=np.ones(18)), recording((5,), loss=[]))
    assert found["step"] == Scale(0.0, 10.0)
    assert found["iteration"] == Scale(0.0, 17.0)


def test_a_gate_that_only_the_text_has_is_on_the_scale_of_its_function():
    reading = recording((0,), times=3, attributes={"text": "abc"})
    found = common_scales([run_data(recording((0,), full=False), reading=reading)])
    assert (found["gates/sigmoid"], found["gates/tanh"]) == (Scale(0.0, 1.0), Scale(-1.0, 1.0))
