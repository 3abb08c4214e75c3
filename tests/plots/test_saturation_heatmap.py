"""Saturated fractions over training."""

import numpy as np
import pytest

from gradviz.errors import UnknownName
from gradviz.plots.saturation_heatmap import plot_saturation_heatmap


@pytest.mark.parametrize(("over", "stem"), [("time", "gate"), ("unit", "unit")])
@pytest.mark.parametrize("side", ["left", "right", "both"])
def test_shows_the_fractions(recording, over, stem, side):
    tree = recording()
    mesh = plot_saturation_heatmap(tree, side=side, over=over).images[0]
    chosen = tree["recurrent"].to_dataset().sel(gate="forget", layer=0, direction="forward")
    sides = ("left", "right") if side == "both" else (side,)
    expected = sum(chosen[f"{stem}_{one}"] for one in sides).transpose(over, "step")
    np.testing.assert_allclose(mesh.get_array(), expected)
    assert mesh.get_clim() == (0, 1)


def test_errors(recording):
    with pytest.raises(UnknownName, match="unknown side 'lef'; did you mean 'left'"):
        plot_saturation_heatmap(recording(), side="lef")
    with pytest.raises(UnknownName, match=r"unknown dim 'sample'; \(time, unit\)"):
        plot_saturation_heatmap(recording(), over="sample")


def test_the_title_says_if_nothing_is_saturated(recording):
    tree = recording()
    assert plot_saturation_heatmap(tree).get_title() == "forget gate"
    none = tree.map_over_datasets(lambda dataset: dataset * 0 if "gate_left" in dataset else dataset)
    none["recurrent"].attrs.update(tree["recurrent"].attrs)
    assert plot_saturation_heatmap(none).get_title() == "forget gate: nothing saturated"
