"""The losses of several networks from several seeds on one Axes, with their trivial predictor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from gradviz.plots.drawing.baseline import draw_baseline, name_baseline
from gradviz.plots.drawing.complete_curve import complete_curve
from gradviz.plots.drawing.line_labels import LineEnd
from gradviz.plots.drawing.palette import lines_of
from gradviz.plots.drawing.running_median import running_median
from gradviz.plots.drawing.ticks import set_end_ticks, set_log_ticks
from gradviz.plots.drawing.variant_name import variant_of
from gradviz.vocabulary import BASELINE, BASELINE_MEANING, ITERATION

_POINTS = 250  # of a thin curve, which is smooth and one of many
_ROOM = 2.5  # height of the axis above the trivial predictor, in its losses, for its name


def draw_losses(ax: Axes, runs: Mapping[str, Sequence[xr.DataTree]]) -> list[LineEnd]:
    """Draw the running median of each run thin, the median over seeds strong, the trivial predictor dashed.

    Parameters
    ----------
    ax : Axes
    runs : mapping of str to sequence of DataTree
        By the label of their network, recordings of one task from each seed, all equally long.

    Returns
    -------
    list of LineEnd
        Where the median of each network ends, to be labelled.
    """
    width, ends = plt.rcParams["lines.linewidth"], []
    looks = lines_of([variant_of(trees[0]) for trees in runs.values()])
    for (label, trees), (colour, _) in zip(runs.items(), looks, strict=True):
        curves = [complete_curve(tree) for tree in trees]
        steps = curves[0][ITERATION].values
        some = np.linspace(0, len(steps) - 1, min(len(steps), _POINTS)).round().astype(int)
        for curve in curves:
            values = running_median(curve.values)[some]
            ax.plot(steps[some], values, color=colour, linewidth=0.35 * width, alpha=0.6)
        middle = running_median(np.median([curve.values for curve in curves], axis=0))
        ax.plot(steps, middle, color=colour)
        name = label.removesuffix(" (tanh)")
        ends.append(LineEnd(float(steps[-1]), float(middle[-1]), name, colour))
    ax.set_yscale("log")
    set_log_ticks(ax)
    baseline = float(trees[0].attrs[BASELINE])
    draw_baseline(ax, baseline)
    low, high = ax.get_ylim()
    ax.set_ylim(low, max(high, _ROOM * baseline))
    name_baseline(ax, baseline, str(trees[0].attrs[BASELINE_MEANING]), outside=False)
    set_end_ticks(ax.xaxis, steps[0], steps[-1], count=2)
    ax.set_xlim(steps[0], steps[-1])
    return ends
