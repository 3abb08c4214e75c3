"""Axes over log10 values, with powers of ten written on them."""

from __future__ import annotations

from matplotlib.axis import Axis
from matplotlib.ticker import FuncFormatter, MaxNLocator

from gradviz.plots.ticks import power_of_ten


def label_decades(axis: Axis, *, most: int = 6) -> None:
    """Whole decades on an axis whose data are log10 values, written as 10^n.

    Parameters
    ----------
    axis : Axis
    most : int
        Intervals between ticks.
    """
    axis.set_major_locator(MaxNLocator(nbins=most, integer=True))
    axis.set_major_formatter(FuncFormatter(lambda value, _: power_of_ten(value)))
