"""Gradient norms of a page are those of the heatmap; none is left out below 400 by 400."""

import numpy as np
import pytest
from report.data.made import large, only_place, recording

from gradviz.plots.drawing.gradient_grid import gradient_grid
from gradviz.recording.tree import select_module, select_series
from gradviz.report.data.coarsen import at_most
from gradviz.report.data.frames import read_frame
from gradviz.report.data.run_data import run_data
from gradviz.report.data.typed import read_typed

GRADIENTS = ["log10_grad_h", "log10_grad_h_direct", "log10_grad_c"]


@pytest.mark.parametrize("variable", GRADIENTS)
def test_gradients_equal_those_of_the_heatmap(variable):
    tree = recording((0, 10, 20, 30), times=7, samples=3)
    found = only_place(tree)["gradients"][variable]
    grid = gradient_grid(select_series(select_module(tree)), variable)
    assert read_typed(found["steps"]).tolist() == [0, 10, 20, 30]
    assert read_typed(found["times"]).tolist() == list(range(7))
    assert found["values"]["dims"] == found["frame"]["dims"] == ["step", "time"]
    np.testing.assert_array_equal(read_typed(found["values"]), grid.log10.T.astype(np.float32))
    half = (found["frame"]["high"] - found["frame"]["low"]) / 498
    np.testing.assert_allclose(read_frame(found["frame"]).values(), grid.log10.T, rtol=0, atol=half * 1.001)
    assert found["note"] == ""
    assert found["units"] == "decades"


def test_gradients_by_hand():
    """Two sequences with norms 10 and 1000 at every step: their mean is 505."""
    norms = np.broadcast_to([1.0, 3.0], (1, 1, 6, 2))
    found = only_place(recording((0, 5), log10_grad_h=norms))["gradients"]["log10_grad_h"]
    np.testing.assert_allclose(read_typed(found["values"]), np.full((2, 6), np.log10(505)), rtol=1e-6)


def test_marks_of_a_gradient():
    norms = np.full((1, 1, 6, 2), -1.0)
    norms[0, 0, 0], norms[0, 0, 1, 0], norms[0, 0, 2] = -np.inf, np.inf, np.nan
    underflow = np.zeros((1, 1, 6, 2))
    underflow[0, 0, 3] = 1
    found = only_place(recording((0,), log10_grad_h=norms, underflow=underflow))["gradients"]["log10_grad_h"]
    assert read_frame(found["frame"]).codes.tolist() == [[250, 252, 254, 251, 0, 0]]
    assert found["frame"]["counts"] == {"zero": 1, "underflow": 1, "non-finite": 1, "missing": 1}
    exact = read_typed(found["values"])[0]
    np.testing.assert_array_equal(exact, np.float32([-np.inf, np.inf, np.nan, -1, -1, -1]))


def test_gradient_norms_are_whole_up_to_400():
    tree = large(steps=400, times=400, units=2, samples=1)
    found = run_data(tree, budget=100_000).places[0]
    assert found.gradients["log10_grad_h"].values.values.shape == (400, 400)
    assert found.gradients["log10_grad_h"].note == ""


def test_beyond_400_the_first_step_with_a_mark_stays():
    tree = large(steps=900, times=3, units=2, samples=1)
    left_out = min(set(range(450, 900)) - set(at_most("step", 900, 400).kept.tolist()))
    tree["recurrent"]["log10_grad_h"].values[left_out, 0, 0, 1, 0] = np.inf
    found = run_data(tree).places[0].gradients["log10_grad_h"]
    assert 10 * left_out in found.steps.values
    assert found.frame.counts == {"non-finite": 1}
    assert found.steps.values[[0, -1]].tolist() == [0, 8990]
    assert found.note == f"total gradient: {len(found.steps.values)} of 900 training steps"
    assert len(found.steps.values) == 401
