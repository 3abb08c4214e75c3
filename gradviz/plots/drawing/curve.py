"""A metric over training: the raw values faint, their running median strong."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from gradviz.plots.drawing.palette import Line, ink
from gradviz.plots.drawing.running_median import running_median
from gradviz.plots.drawing.ticks import set_log_ticks

_LARGEST_DRAWN = 1e100  # matplotlib's arithmetic on limits overflows near the largest float


def draw_curve(ax: Axes, curve: xr.DataArray, look: Line) -> None:
    """Draw a metric and its running median, on a log scale if every finite value is positive.

    Parameters
    ----------
    ax : Axes
    curve : DataArray, one dim
        As `complete_curve` returns it. A note says from which step on it is infinite, NaN
        or too large to be drawn.
    look : Line
    """
    steps = curve[curve.dims[0]].values
    values = np.asarray(curve.values, dtype=np.float64)
    finite = np.isfinite(values) & (np.abs(values) <= _LARGEST_DRAWN)
    shown = np.where(finite, values, np.nan)
    ax.plot(steps, shown, color=look.colour, alpha=0.3, linewidth=0.4 * plt.rcParams["lines.linewidth"])
    alone = "o" if finite.sum() == 1 else None
    ax.plot(steps, running_median(shown), color=look.colour, linestyle=look.dash, marker=alone)
    if finite.any() and np.all(values[finite] > 0):
        ax.set_yscale("log")
        set_log_ticks(ax)
    if len(steps) > 1:
        ax.set_xlim(steps[0], steps[-1])
    note = _not_finite_note(steps, values)
    if note:
        ax.text(0.5, 0.5, note, transform=ax.transAxes, ha="center", color=ink())


def _not_finite_note(steps: np.ndarray, values: np.ndarray) -> str:
    """The note for a curve that has an infinite or huge value or that ends in NaN; else an empty string."""
    if np.isinf(values).any():
        return f"not finite from step {int(steps[np.isinf(values).argmax()])}"
    too_large = np.abs(values) > _LARGEST_DRAWN
    if too_large.any():
        return f"beyond {_LARGEST_DRAWN:g} from step {int(steps[too_large.argmax()])}"
    numbers = ~np.isnan(values)
    if not numbers.any():
        return "not a number at any step"
    count = int(numbers.sum())
    ends_in_nan = count < len(steps) and numbers[:count].all()  # and not NaN at scattered steps
    return f"not a number from step {int(steps[count])}" if ends_in_nan else ""
