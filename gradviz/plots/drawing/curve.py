"""A metric over training: the raw values faint, their running median strong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from gradviz.plots.drawing.palette import Line, ink
from gradviz.plots.drawing.running_median import running_median
from gradviz.plots.drawing.ticks import set_log_ticks

_LARGEST_DRAWN = 1e100  # matplotlib's arithmetic on limits overflows near the largest float


class DrawnCurve(NamedTuple):
    """The strong line of a curve, and what there is to say of its values that are not finite."""

    steps: np.ndarray
    middle: np.ndarray
    note: str


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
    note = draw_curves(ax, [curve], [look])[0].note
    if note:
        note_not_finite(ax, note)


def note_not_finite(ax: Axes, note: str) -> None:
    """Write in the middle of the axes from which step on a curve is not finite."""
    ax.text(0.5, 0.5, note, transform=ax.transAxes, ha="center", color=ink())


def draw_curves(ax: Axes, curves: Sequence[xr.DataArray], looks: Sequence[Line]) -> list[DrawnCurve]:
    """Draw metrics of several runs, each as two lines, on one scale.

    Parameters
    ----------
    ax : Axes
    curves : sequence of DataArray, one dim
        As `complete_curve` returns them.
    looks : sequence of Line
        In the order of the curves.

    Returns
    -------
    list of DrawnCurve
    """
    drawn = [_draw(ax, curve, look) for curve, look in zip(curves, looks, strict=True)]
    finite = np.concatenate([curve.values[np.isfinite(curve.values)] for curve in curves])
    if len(finite) and np.all(finite > 0):
        ax.set_yscale("log")
        set_log_ticks(ax)
    steps = np.concatenate([curve[curve.dims[0]].values[[0, -1]] for curve in curves])
    if steps.min() < steps.max():
        ax.set_xlim(steps.min(), steps.max())
    return drawn


def _draw(ax: Axes, curve: xr.DataArray, look: Line) -> DrawnCurve:
    steps = curve[curve.dims[0]].values
    values = np.asarray(curve.values, dtype=np.float64)
    finite = np.isfinite(values) & (np.abs(values) <= _LARGEST_DRAWN)
    shown = np.where(finite, values, np.nan)
    ax.plot(steps, shown, color=look.colour, alpha=0.3, linewidth=0.4 * plt.rcParams["lines.linewidth"])
    alone, middle = "o" if finite.sum() == 1 else None, running_median(shown)
    ax.plot(steps, middle, color=look.colour, linestyle=look.dash, marker=alone)
    return DrawnCurve(steps, middle, _not_finite_note(steps, values))


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
