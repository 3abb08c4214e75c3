"""The x axis of plots against lag."""

from __future__ import annotations

from matplotlib.axes import Axes

from gradviz.plots.drawing.ticks import set_end_ticks


def set_lag_axis(ax: Axes, longest: float, *, note: str = "") -> None:
    """Let the x axis count time steps back from the end of the sequence.

    Parameters
    ----------
    ax : Axes
    longest : float
        The largest lag that is drawn.
    note : str
        A second line of the axis label.
    """
    ax.set_xlim(0, max(longest, 1))
    set_end_ticks(ax.xaxis, 0, longest)
    ax.set_xlabel("\n".join(filter(None, ["time steps back from the end of the sequence", note])))
