"""The characters of a text as the tick labels of a time axis."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.axis import XAxis

from gradviz.plots.drawing.canvas import figure_of
from gradviz.plots.drawing.fit_text import font_size
from gradviz.plots.drawing.text_characters import visible

_ADVANCE = 0.66  # width of a monospaced character and the gap to the next, in font sizes
_LINE = 1.15  # height of a line of text, in font sizes


def label_characters(ax: Axes, text: str, *, upwards: bool = False) -> None:
    """Write one character at every time step, in place of the numbers.

    Parameters
    ----------
    ax : Axes
        The first time step is at 0, and the limits are final.
    text : str
        One character for each time step; spaces are written as ␣.
    upwards : bool
        Label the y axis; by default the x axis.

    Examples
    --------
    >>> import gradviz as gv
    >>> from torch import nn
    >>> tree = gv.probe(nn.LSTM(2, 4, batch_first=True), length=5)
    >>> ax = gv.plot_gate_heatmap(tree)
    >>> gv.label_characters(ax, "to be")
    >>> [label.get_text() for label in ax.get_xticklabels()]
    ['t', 'o', '␣', 'b', 'e']
    """
    axis = ax.yaxis if upwards else ax.xaxis
    axis.set_ticks(range(len(text)), [visible(character) for character in text])
    figure_of(ax).draw_without_rendering()  # the layout sets the length of the axis
    box = ax.get_window_extent()
    pixels = box.width if isinstance(axis, XAxis) else box.height
    points = pixels * 72 / figure_of(ax).dpi / max(len(text), 1)
    size = min(font_size("xtick.labelsize"), points / (_LINE if upwards else _ADVANCE))
    axis.set_tick_params(length=0, pad=1.5)
    for label in axis.get_ticklabels():
        label.set(family="monospace", fontsize=size, ha="right" if upwards else "center")
