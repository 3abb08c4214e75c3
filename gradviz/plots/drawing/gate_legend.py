"""The legend of gate colours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from gradviz.plots.drawing.palette import gate_colours, legible_colour
from gradviz.plots.drawing.plain_text import plain_text


def gate_legend(
    ax: Axes, gates: Sequence[str], *, loc: Literal["upper right", "best"] = "upper right"
) -> None:
    """Draw a legend that names each gate, in its colour unless that is too pale for text.

    Parameters
    ----------
    ax : Axes
    gates : sequence of str
    loc : {"upper right", "best"}
        Where the axes are empty.
    """
    colours = gate_colours(gates)
    handles = [
        Line2D([], [], color=colour, marker="o", linestyle="none", label=plain_text(gate))
        for gate, colour in zip(gates, colours, strict=True)
    ]
    legend = ax.legend(handles=handles, loc=loc, handletextpad=0.1)
    for text, colour in zip(legend.get_texts(), colours, strict=True):
        text.set_color(legible_colour(colour))
