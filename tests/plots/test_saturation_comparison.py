"""Gates of several recordings on one scale."""

import numpy as np
import pytest

from gradviz.errors import UnknownName
from gradviz.plots.drawing.style import use_style
from gradviz.plots.saturation_comparison import GateOf, figure_saturation


def test_panels_share_scale_and_colour_bar(recording):
    tree = recording()
    panels = [GateOf("one", tree, "forget"), GateOf("two", tree, "output")]
    with use_style("slides"):
        figure = figure_saturation(panels, title="a claim", side="right")
        figure.canvas.draw()
    first, second, bar = figure.axes
    for ax, gate in ((first, "forget"), (second, "output")):
        mesh = ax.images[0]
        expected = tree.children[next(iter(tree.children))]["gate_right"].isel(layer=-1, direction=0)
        np.testing.assert_allclose(mesh.get_array(), expected.sel(gate=gate).transpose("time", "step"))
        assert mesh.get_clim() == (0, 1)
        assert ax.get_title(loc="left").endswith(f"{gate} gate")
    assert "0.9" in bar.get_ylabel()
    assert figure.get_suptitle() == "a claim"


def test_nothing_to_compare(recording):
    with pytest.raises(ValueError, match="give at least one panel"):
        figure_saturation([], title="")
    with pytest.raises(UnknownName, match="did you mean 'right'"):
        figure_saturation([GateOf("one", recording(), "forget")], title="", side="rigth")
