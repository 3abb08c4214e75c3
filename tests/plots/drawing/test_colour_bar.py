"""One colour bar for one or several panels."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import Normalize

from gradviz.plots.drawing.cell_image import draw_cells
from gradviz.plots.drawing.colour_bar import colour_bar
from gradviz.plots.drawing.palette import gate_map


@pytest.mark.parametrize("count", [1, 2])
def test_one_bar_to_the_right_of_the_panels(count):
    figure, axes = plt.subplots(1, count, squeeze=False, layout="constrained")
    edges = np.array([0.0, 1.0])
    for ax in axes[0]:
        mesh = draw_cells(ax, np.zeros((1, 1)), edges, edges, colours=gate_map(), norm=Normalize(0, 1))
    bar = colour_bar(mesh, list(axes[0]), label="fraction", extend="max")
    figure.draw_without_rendering()
    assert figure.axes == [*axes[0], bar.ax]
    assert (bar.ax.get_ylabel(), bar.extend, bar.outline.get_visible()) == ("fraction", "max", False)
    assert bar.ax.get_position().x0 > max(ax.get_position().x1 for ax in axes[0])
