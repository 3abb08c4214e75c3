"""Gates of a page are means over sequences, and the recording's own numbers even where some are left out."""

import numpy as np
from report.data.made import large, only_place, recording

import gradviz as gv
from gradviz.report.data.frames import read_frame
from gradviz.report.data.run_data import run_data


def test_gates_are_means_over_sequences_in_the_order_of_the_figures():
    tree = recording((0, 10), times=5, samples=3, units=4)
    found = only_place(tree)["gates"]
    recorded = tree["recurrent"]["gates"].isel(layer=0, direction=0)
    assert found["gates"] == ["forget", "input", "candidate", "output"]
    assert found["squash"] == dict(
        zip(found["gates"], ["sigmoid", "sigmoid", "tanh", "sigmoid"], strict=True)
    )
    expected = recorded.mean("sample").sel(gate=found["gates"]).transpose("step", "gate", "time", "unit")
    values, frame = read_frame(found["frame"]).values(), found["frame"]
    assert frame["dims"] == ["step", "gate", "time", "unit"]
    np.testing.assert_allclose(
        values, expected.values, rtol=0, atol=(frame["high"] - frame["low"]) / 498 + 1e-7
    )
    by_constant = gv.units_by_time_constant(tree)["recorded_unit"].values.tolist()
    assert found["orders"] == {"recorded": [0, 1, 2, 3], "time_constant": by_constant}


def test_coarsened_gates_are_the_recordings_own_numbers():
    tree = large(steps=40, times=50, units=16, samples=2)
    found = run_data(tree, budget=90_000).places[0].gates
    assert found.note
    recorded = tree["recurrent"]["gates"].isel(layer=0, direction=0).mean("sample")
    chosen = recorded.sel(
        step=found.steps.values, gate=list(found.gates), time=found.times.values, unit=found.units.values
    )
    expected = chosen.transpose("step", "gate", "time", "unit").values
    np.testing.assert_allclose(found.frame.values(), expected, rtol=0, atol=1 / 498)
    assert sorted(found.orders["time_constant"]) == found.orders["recorded"]


def test_units_that_are_thinned_by_time_constant_say_so():
    tree = large(steps=2, times=6, units=40, samples=2)
    found = run_data(tree, budget=4000).places[0].gates
    stride = int(np.ceil(40 / (len(found.units.values) - 1)))
    assert stride > 1
    order = gv.units_by_time_constant(tree)["recorded_unit"].values
    assert set(order[::stride]) | {order[-1]} == set(found.units.values.tolist())
    assert found.units_kept.endswith(" by time constant")
    assert f"{found.units_kept.split(' by ')[0]} of 40 units by time constant" in found.note
    assert run_data(tree).places[0].gates.units_kept == ""


def test_values_that_are_not_numbers():
    """As of a training whose weights have become NaN."""
    nan = np.full((1, 1, 6, 2, 4, 3), np.nan)
    tree = recording((0, 1), loss=[np.nan] * 2, gates=nan, log10_grad_h=np.full((1, 1, 6, 2), np.inf))
    place = only_place(tree)
    assert place["gates"]["frame"]["counts"] == {"missing": 2 * 4 * 6 * 3}
    assert place["gradients"]["log10_grad_h"]["frame"]["counts"] == {"non-finite": 12}
