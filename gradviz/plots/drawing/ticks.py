"""Few ticks: the ends and round values in between, powers of ten written as 10^n."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis, XAxis
from matplotlib.colorbar import Colorbar
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator


def ends_and_round(first: float, last: float, *, count: int = 3) -> list[int]:
    """Integer ticks at both ends, and at round values in between that are not close to the ends.

    Parameters
    ----------
    first, last : float
        The labels at the two ends.
    count : int
        Approximate number of intervals between the round values; 0 for the ends alone.

    Returns
    -------
    list of int
        Ascending; a single value if both ends are the same.
    """
    low, high = round(first), round(last)
    if high <= low:
        return [low]
    if not count:
        return [low, high]
    clear = (0.22 if count > 2 else 0.3) * (high - low)
    between = MaxNLocator(nbins=count, integer=True).tick_values(low, high)
    return [low, *(round(v) for v in between if low + clear <= v <= high - clear), high]


def set_end_ticks(axis: Axis, first: float, last: float, *, count: int = 3) -> None:
    """Put the ticks of `ends_and_round` on an axis; on an x axis the end labels are aligned inwards."""
    ticks = ends_and_round(first, last, count=count)
    axis.set_ticks(ticks, labels=[f"{tick:,}" if abs(tick) >= 10_000 else str(tick) for tick in ticks])
    if isinstance(axis, XAxis) and len(ticks) > 1:
        shown = axis.get_major_ticks(len(ticks))
        shown[0].label1.set_horizontalalignment("left")
        shown[-1].label1.set_horizontalalignment("right")


def power_of_ten(exponent: float) -> str:
    """Ten to an exponent as tick label, with at most three decimals."""
    return f"$10^{{{round(exponent, 3) + 0.0:g}}}$"  # 0, not −0


def set_decade_ticks(bar: Colorbar) -> None:
    """Label a colour bar over log10 values with 10^n at whole decades."""
    low, high = bar.mappable.get_clim()
    if low is None or high is None:
        return
    every = max(1, int(np.ceil((high - low) / 6)))
    top = int(np.floor(high))
    ticks = np.arange(top, int(np.ceil(low)) - 1, -every)[::-1]
    bar.set_ticks(ticks.tolist())
    bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: power_of_ten(value)))
    bar.ax.minorticks_off()


def set_log_ticks(ax: Axes, *, most: int = 4) -> None:
    """Put at most four powers of ten, or so many, on a log y axis."""
    ax.yaxis.set_major_locator(LogLocator(numticks=most))
    ax.yaxis.set_minor_locator(NullLocator())


def set_fraction_ticks(axis: Axis) -> None:
    """Put 0, 0.5 and 1 on an axis over fractions."""
    axis.set_ticks([0, 0.5, 1], labels=["0", "0.5", "1"])
