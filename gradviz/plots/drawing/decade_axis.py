"""Axes over log10 values, labelled with powers of ten."""

from __future__ import annotations

from matplotlib.axis import Axis, XAxis
from matplotlib.ticker import FuncFormatter, MaxNLocator

from gradviz.plots.drawing.ticks import power_of_ten

_NARROWEST = 0.05  # decades


def label_decades(axis: Axis, *, most: int = 6) -> None:
    """Label an axis over log10 values with 10^n, at whole decades or, within one decade, at fractions.

    An axis that spans less than a twentieth of a decade is widened to that span, so that a curve that varies
    only by rounding looks flat and the tick labels differ.

    Parameters
    ----------
    axis : Axis
    most : int
        Largest number of intervals between ticks.
    """
    low, high = axis.get_view_interval()
    if high - low < _NARROWEST:
        middle = (low + high) / 2
        set_limits = axis.axes.set_xlim if isinstance(axis, XAxis) else axis.axes.set_ylim
        set_limits(middle - _NARROWEST / 2, middle + _NARROWEST / 2)
    axis.set_major_locator(MaxNLocator(nbins=most, integer=True))
    axis.set_major_formatter(FuncFormatter(lambda value, _: power_of_ten(value)))
