"""The losses of several runs on one Axes, with their trivial predictor."""

from __future__ import annotations

from matplotlib.axes import Axes

from gradviz.gallery.gallery_figure import Data
from gradviz.plots.drawing.baseline import draw_baseline, name_baseline
from gradviz.plots.drawing.complete_curve import complete_curve
from gradviz.plots.drawing.curve import draw_curve
from gradviz.plots.drawing.line_labels import LineEnd
from gradviz.plots.drawing.palette import lines_of
from gradviz.plots.drawing.running_median import running_median
from gradviz.plots.drawing.ticks import set_end_ticks
from gradviz.plots.drawing.variant_name import variant_of
from gradviz.vocabulary import BASELINE, BASELINE_MEANING, ITERATION


def draw_losses(ax: Axes, runs: Data, *, ticks: int) -> list[LineEnd]:
    """Draw the loss of each run in the line of its network, and the trivial predictor dashed.

    Parameters
    ----------
    ax : Axes
    runs : mapping of str to DataTree
        Recordings of one task, by label.
    ticks : int
        How many round values the axis of training steps gets between its ends.

    Returns
    -------
    list of LineEnd
        Where each curve ends, to be labelled.
    """
    looks = lines_of([variant_of(tree) for tree in runs.values()])
    ends = []
    for (label, tree), look in zip(runs.items(), looks, strict=True):
        curve = complete_curve(tree)
        draw_curve(ax, curve, look)
        last = float(running_median(curve.values)[-1])
        ends.append(
            LineEnd(float(curve[ITERATION].values[-1]), last, label.removesuffix(" (tanh)"), look.colour)
        )
    first = next(iter(runs.values()))
    baseline = float(first.attrs[BASELINE])
    draw_baseline(ax, baseline)
    name_baseline(ax, baseline, str(first.attrs[BASELINE_MEANING]), outside=False)
    steps = complete_curve(first)[ITERATION].values
    set_end_ticks(ax.xaxis, steps[0], steps[-1], count=ticks)
    return ends
