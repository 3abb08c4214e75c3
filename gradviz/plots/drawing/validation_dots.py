"""The evaluations on a validation set, as dots over a training curve."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from gradviz.plots.drawing.complete_curve import complete_curve
from gradviz.plots.drawing.palette import Line, ink
from gradviz.plots.drawing.ticks import set_log_ticks
from gradviz.vocabulary import VALIDATION


def validation_curve(data: xr.Dataset | xr.DataTree, metric: str) -> xr.DataArray | None:
    """The evaluations of a metric; None if a recording has none.

    Parameters
    ----------
    data : Dataset or DataTree
    metric : str
        Name of the metric in the training, as "loss".

    Returns
    -------
    DataArray, dims (iteration,), or None
    """
    name = f"{VALIDATION}{metric}"
    if not isinstance(data, xr.DataTree) or name not in data.to_dataset(inherit=False).data_vars:
        return None
    found = complete_curve(data, name)
    return found if len(found) else None


def draw_validations(ax: Axes, curves: Sequence[xr.DataArray | None], looks: Sequence[Line]) -> None:
    """Draw the evaluations of several runs, and name the dots in a legend.

    Parameters
    ----------
    ax : Axes
        Has the training curves; its vertical limits grow, and it stays logarithmic only if all are positive.
    curves : sequence of DataArray or None
    looks : sequence of Line
        Of the runs, in the same order.
    """
    size, width = 0.6 * plt.rcParams["lines.markersize"], 0.5 * plt.rcParams["lines.linewidth"]
    dots: dict[str, Any] = {"marker": "o", "markersize": size, "linestyle": ":", "linewidth": width}
    shown = [(curve, look) for curve, look in zip(curves, looks, strict=True) if curve is not None]
    for curve, look in shown:
        values = np.where(np.isfinite(curve.values), curve.values, np.nan)
        if np.nanmin(values, initial=np.inf) <= 0:
            ax.set_yscale("linear")
        ax.plot(curve[curve.dims[0]].values, values, color=look.colour, **dots)
    if shown:
        if ax.get_yscale() == "log":
            set_log_ticks(ax)
        colour = shown[0][1].colour if len(curves) == 1 else ink()
        ax.legend(handles=[Line2D([], [], color=colour, label="validation", **dots)])
