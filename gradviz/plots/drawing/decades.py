"""Axes over log10 values, with powers of ten written on them."""

from __future__ import annotations

from matplotlib.axis import Axis, XAxis
from matplotlib.ticker import FuncFormatter, MaxNLocator

from gradviz.plots.drawing.ticks import power_of_ten

_NARROWEST = 0.05  # decades


def label_decades(axis: Axis, *, most: int = 6) -> None:
    """Ticks on an axis whose data are log10 values, written as 10^n: at whole decades, within one at parts.

    An axis that spans less than a twentieth of a decade is widened to that: what is flat but for rounding
    looks flat, and its ticks can be told apart.

    Parameters
    ----------
    axis : Axis
    most : int
        Intervals between ticks.
    """
    low, high = axis.get_view_interval()
    if high - low < _NARROWEST:
        middle = (low + high) / 2
        set_limits = axis.axes.set_xlim if isinstance(axis, XAxis) else axis.axes.set_ylim
        set_limits(middle - _NARROWEST / 2, middle + _NARROWEST / 2)
    axis.set_major_locator(MaxNLocator(nbins=most, integer=True))
    axis.set_major_formatter(FuncFormatter(lambda value, _: power_of_ten(value)))
