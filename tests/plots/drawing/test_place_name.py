"""A heatmap says which module and direction it shows, if there are several."""

import pytest
import xarray as xr
from torch import nn

import gradviz as gv

HEATMAPS = (
    gv.plot_gradient_heatmap,
    gv.plot_gate_heatmap,
    gv.plot_saturation_heatmap,
    gv.plot_unit_saturation,
)


@pytest.fixture(scope="module")
def two():
    """Two modules, of which the second reads in both directions."""
    both = gv.probe(nn.LSTM(2, 3, batch_first=True, bidirectional=True), length=6)
    one = gv.probe(nn.LSTM(2, 3, batch_first=True), length=6)
    (first,), (second,) = one.children.values(), both.children.values()
    return xr.DataTree.from_dict({"encoder": first.to_dataset(), "decoder": second.to_dataset()})


@pytest.mark.parametrize("plot", HEATMAPS)
def test_module_and_direction(plot, two):
    assert plot(two, module="encoder").get_title().split("\n")[-1] == "encoder"
    assert plot(two, module="decoder").get_title().split("\n")[-1] == "decoder, forward"
    alone = two["decoder"].to_dataset()
    assert plot(alone).get_title().split("\n")[-1] == "forward"
    assert "encoder" not in plot(two["encoder"].to_dataset()).get_title()


def test_the_direction_that_was_chosen(two):
    assert (
        gv.plot_gradient_heatmap(two, module="decoder", direction="reverse").get_title() == "decoder, reverse"
    )
    assert gv.plot_gradient_heatmap(two["encoder"].to_dataset()).get_title() == ""
