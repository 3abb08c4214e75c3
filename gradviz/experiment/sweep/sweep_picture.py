"""The picture of a sweep: a metric of its runs against what is swept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from gradviz.experiment.config.condition_values import value_on_axis
from gradviz.experiment.sweep.grid import Point
from gradviz.experiment.sweep.short_values import short_tables
from gradviz.runs.run_files import TABLE
from gradviz.vocabulary import LOSS, VALIDATION

PICTURE = "sweep.png"


def draw_picture(folder: Path, found: Sequence[Point]) -> Path | None:
    """Draw the metric of the first claim, or the loss; no matplotlib backend is chosen for it.

    It has the trivial predictor if all runs share it. If no run has a finite value there is none, and one of
    an earlier call is removed.

    Parameters
    ----------
    folder : Path
        Of the sweep, with its table.
    found : sequence of Point

    Returns
    -------
    Path or None
    """
    import numpy as np
    import pandas as pd
    from matplotlib.figure import Figure

    from gradviz.plots.drawing.style import use_style
    from gradviz.plots.drawing.write_figure import write_figure
    from gradviz.plots.sweep import plot_sweep

    path = folder / PICTURE
    table = pd.read_csv(folder / TABLE)
    swept = list(found[0].values)
    for key in swept:
        if key not in table or any(isinstance(point.values[key], Mapping | list) for point in found):
            table[key] = list(map(value_on_axis, short_tables([point.values[key] for point in found])))
    claimed = next((claim.metric for claim in found[0].experiment.expect if claim.metric in table), LOSS)
    metric = claimed if claimed in table else LOSS
    if not swept or metric not in table or not np.isfinite(table[metric].astype(float)).any():
        path.unlink(missing_ok=True)
        return None
    tasks = [point.experiment.built_task for point in found]
    one = len({task.baseline for task in tasks}) == 1 and metric in (LOSS, f"{VALIDATION}{LOSS}")
    with use_style("slides"):
        figure = Figure(layout="constrained")
        plot_sweep(
            table,
            swept,
            ax=figure.subplots(),
            metric=metric,
            baseline=tasks[0].baseline if one else None,
            baseline_meaning=tasks[0].baseline_meaning,
        )
        write_figure(figure, path)
    return path
