"""Saturation of chosen gates of several recordings, side by side on one scale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import matplotlib.pyplot as plt
import xarray as xr
from matplotlib.figure import Figure

from gradviz.plots.drawing.fit_text import fit_text, font_size
from gradviz.plots.drawing.fraction_mesh import draw_fraction_bar, draw_saturation
from gradviz.plots.drawing.gate_title import gate_title
from gradviz.plots.drawing.headline import write_headline
from gradviz.plots.drawing.palette import lines_of, text_colour
from gradviz.plots.drawing.plain_text import plain_text
from gradviz.plots.drawing.recorded_step import at_gate
from gradviz.plots.drawing.saturated_fraction import saturated_fraction
from gradviz.plots.drawing.variant_name import variant_of
from gradviz.recording.tree import select_module, select_series


class GateOf(NamedTuple):
    """One panel of the figure: a gate of a recording.

    Parameters
    ----------
    label : str
        Title of the panel.
    recording : Dataset or DataTree
        Has ``gate_left`` and ``gate_right``, dims (step, layer, direction, time, gate), in [0, 1].
    gate : str
    """

    label: str
    recording: xr.Dataset | xr.DataTree
    gate: str


def figure_saturation(panels: Sequence[GateOf], *, title: str, side: str = "both") -> Figure:
    """Compare gates: saturated fraction over training step and time, on one scale.

    Parameters
    ----------
    panels : sequence of GateOf
        At least one.
    title : str
        The claim that the figure shows.
    side : {"both", "left", "right"}
        Count gates that are shut (left), open (right), or either.

    Returns
    -------
    Figure
        Its axes are the panels, then the colour bar.

    Raises
    ------
    ValueError
        If there is no panel.
    BadRecording, UnknownName
        If a recording lacks the gate, or there is no such side.
    """
    if not panels:
        raise ValueError("nothing to compare; give at least one panel")
    series = [select_series(select_module(panel.recording)) for panel in panels]
    looks = lines_of([variant_of(panel.recording) for panel in panels])
    figure, axes = plt.subplots(1, len(panels), layout="constrained", sharey=True, squeeze=False)
    room = figure.get_figwidth() * 72 * 0.76 / len(panels)
    size = font_size("axes.titlesize")
    for ax, panel, one, look in zip(axes[0], panels, series, looks, strict=True):
        fraction = saturated_fraction(at_gate(one, panel.gate), side=side)
        mesh = draw_saturation(ax, fraction)
        ax.label_outer()
        what = gate_title(panel.gate, fraction=fraction.values).replace(": ", ":\n")
        lines = fit_text(f"{plain_text(panel.label)}\n{what}", width=room - size, size=size, bold=True)
        ax.set_title(lines, color=text_colour(look.colour))
    draw_fraction_bar(mesh, list(axes[0]), label=fraction.attrs["long_name"])
    write_headline(figure, title)
    return figure
