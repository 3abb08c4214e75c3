"""The colour bar of one or several panels, in one shape for every plot."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.colorbar import Colorbar
from matplotlib.image import PcolorImage

from gradviz.plots.drawing.canvas import figure_of
from gradviz.plots.drawing.cell_image import draw_edge
from gradviz.plots.drawing.plain_text import plain_text


def colour_bar(
    mesh: PcolorImage, axes: Axes | Sequence[Axes], *, label: str, extend: str = "neither"
) -> Colorbar:
    """Draw one colour bar to the right of the panels.

    Parameters
    ----------
    mesh : PcolorImage
        The mesh of any of the panels.
    axes : Axes or sequence of Axes
        The panels, all in one figure.
    label : str
    extend : {"neither", "min", "max", "both"}
        The ends with an arrow.

    Returns
    -------
    Colorbar
    """
    first = axes if isinstance(axes, Axes) else axes[0]
    bar = figure_of(first).colorbar(mesh, ax=axes, extend=extend, aspect=28, pad=0.02, extendfrac=0.04)
    bar.ax.grid(False)
    draw_edge(bar.outline)
    bar.set_label(plain_text(label))
    return bar
