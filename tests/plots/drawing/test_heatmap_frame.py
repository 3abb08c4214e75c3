"""Heatmaps have no grid lines of a user's style, and a frame only where black would melt into the page."""

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest

import gradviz as gv
from gradviz.plots.drawing.style import use_style

HEATMAPS = (gv.plot_gradient_heatmap, gv.plot_gate_heatmap, gv.plot_saturation_heatmap)


@pytest.mark.parametrize("style", [{"axes.grid": True}, "ggplot"])
@pytest.mark.parametrize("plot", HEATMAPS)
def test_no_grid_over_a_heatmap(plot, style, recording):
    with mpl.rc_context(style) if isinstance(style, dict) else plt.style.context(style):
        figure = plot(recording(full=True)).get_figure()
        figure.draw_without_rendering()
        assert len(figure.axes) == 2
        for ax in figure.axes:
            assert not any(line.get_visible() for line in (*ax.get_xgridlines(), *ax.get_ygridlines()))
        plain = gv.plot_gradient_norms(recording())
        plain.get_figure().draw_without_rendering()
        assert any(line.get_visible() for line in plain.get_xgridlines())


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("plot", HEATMAPS)
def test_an_edge_on_a_dark_page(plot, dark, recording):
    with use_style("paper", dark=dark):
        heat, bar = plot(recording(full=True)).get_figure().axes
        assert {spine.get_visible() for spine in heat.spines.values()} == {dark}
        assert bar.spines["outline"].get_visible() is dark
