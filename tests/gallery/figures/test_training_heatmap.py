"""When a gradient has crossed, and when something was learned."""

import numpy as np
import pytest
import xarray as xr

from gradviz.gallery.figures import training_heatmap as figure


def tree(first, last, losses):
    steps = np.arange(len(first)) * 10
    norms = np.stack([first, last], axis=1)[:, None, None, :, None] * np.ones(2)
    dims = ("step", "layer", "direction", "time", "sample")
    module = xr.Dataset(
        {"log10_grad_h": (dims, norms.astype(float))},
        coords={"step": steps, "layer": [0], "direction": ["forward"], "time": [0, 1]},
        attrs={"cell": "lstm"},
    )
    root = xr.Dataset(
        {"loss": ("iteration", losses)}, coords={"iteration": np.arange(len(losses))}, attrs={"baseline": 1.0}
    )
    return xr.DataTree.from_dict({"/": root, "/lstm": module})


def test_crossed_means_from_then_on():
    back_and_forth = tree([-9, -2, -9, -2, -2.5], [0, 0, 0, 0, 0], np.ones(5))
    assert figure.bridged_at(back_and_forth) == 30
    assert figure.bridged_at(tree([-2, -1], [0, 0], np.ones(2))) == 0
    assert figure.bridged_at(tree([-2, -9], [0, 0], np.ones(2))) is None


def test_learned_means_a_fifth_below():
    losses = np.where(np.arange(100) < 60, 1.0, 0.5)
    assert figure.learned_at(tree([0], [0], losses)) == 60
    assert figure.learned_at(tree([0], [0], np.full(100, 0.85))) is None


def test_the_numbers_are_the_mesh(small):
    data = small("training_heatmap")
    numbers = figure.numbers(data)
    panel = figure.compose(data).axes[0].images[0].get_array()
    first = numbers[numbers["network"] == "RNN (tanh)"].pivot(
        index="time", columns="step", values="log10_grad_h"
    )
    kept = ~np.ma.getmaskarray(panel)
    np.testing.assert_allclose(np.asarray(panel)[kept], first.to_numpy()[kept], rtol=1e-6)


@pytest.mark.slow
def test_the_claim(full):
    data = full("training_heatmap")
    assert figure.bridged_at(data["RNN (tanh)"]) is None
    assert figure.learned_at(data["RNN (tanh)"]) is None
    for label in ("LSTM", "GRU"):
        assert figure.bridged_at(data[label]) <= figure.learned_at(data[label]) + 10  # recorded every 10
        assert np.median(data[label]["loss"].values[-50:]) < 0.02
