"""The legend of gate colours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from gradviz.plots.drawing.palette import gate_colour, text_colour


def gate_legend(
    ax: Axes, gates: Sequence[str], *, loc: Literal["upper right", "best"] = "upper right"
) -> None:
    """Draw a legend that names each gate in its colour.

    Parameters
    ----------
    ax : Axes
    gates : sequence of str
    loc : {"upper right", "best"}
        Where the axes are empty.
    """
    handles = [
        Line2D([], [], color=gate_colour(gate), marker="o", linestyle="none", label=gate) for gate in gates
    ]
    legend = ax.legend(handles=handles, loc=loc, handletextpad=0.1)
    for text, gate in zip(legend.get_texts(), gates, strict=True):
        text.set_color(text_colour(gate_colour(gate)))
