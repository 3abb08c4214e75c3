"""One colour scale for several recordings."""

import numpy as np
import pytest

import gradviz as gv
from gradviz.errors import BadRecording
from gradviz.plots.drawing.colour_limits import BadLimits


def test_limits_hold_all_recordings(recording):
    few, many = recording(rate=0.2, times=30), recording(rate=0.5, times=30)
    assert gv.shared_limits([few]) == (-6, 0)
    assert gv.shared_limits([few, many]) == gv.shared_limits({"a": many, "b": few})
    low, high = gv.shared_limits([few, many])
    assert (low, high) == (-12, 0)  # at most twelve decades
    clims = [gv.plot_gradient_heatmap(tree, limits=(low, high)).images[0].get_clim() for tree in (few, many)]
    assert clims == [(low, high)] * 2
    assert gv.plot_gradient_heatmap(few).images[0].get_clim() != (low, high)


def test_one_recording_and_a_selection(recording):
    tree = recording()
    assert (
        gv.shared_limits(tree)
        == gv.shared_limits([tree])
        == gv.shared_limits([tree["recurrent"].to_dataset()])
    )
    assert gv.shared_limits([tree.isel(sample=0)]) == gv.shared_limits([tree.isel(sample=[0])])


def test_what_it_does_not_take(recording):
    with pytest.raises(ValueError, match="no recording to share limits"):
        gv.shared_limits([])
    with pytest.raises(BadRecording, match="no layer 7"):
        gv.shared_limits([recording()], layer=7)


@pytest.mark.parametrize("limits", [(-2, -8), (1, 1), (np.nan, 1), (1, 2, 3), 5, ("a", "b")])
def test_limits_that_are_none(limits, recording):
    with pytest.raises(BadLimits, match="must be two ascending numbers, in decades"):
        gv.plot_gradient_heatmap(recording(), limits=limits)
