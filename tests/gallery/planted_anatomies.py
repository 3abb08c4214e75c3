"""Passes of a cell with gates in which its carry path has a chosen advantage over the best gate."""

import numpy as np
import xarray as xr

from gradviz.gallery.anatomy_run import LOG10_GRAD


def with_advantages(data, cell, times, losses=None):
    """The data with one run for each number: how many times the best gate's gradient its carry has."""
    first = next(iter(data.values())).to_dataset()
    losses = losses or [0.01] * len(times)
    gates = [name for name in first["wire"].values if name.startswith("h.")]
    runs = {}
    for seed, (ratio, loss) in enumerate(zip(times, losses, strict=True)):
        run = first.copy(deep=True)
        run[LOG10_GRAD].loc[{"wire": gates}] = -5.0
        run[LOG10_GRAD].loc[{"wire": gates[-1]}] = -4.0
        run[LOG10_GRAD].loc[{"wire": cell.carry}] = np.log10(ratio) - 4.0
        runs[f"seed {seed}"] = xr.DataTree(run.assign(loss=loss))
    return runs


OUTCOMES = [
    ([20, 15, 12], None, "carries", "more"),
    ([8, 1, 4, 9, 7], None, "carries", "somewhat_more"),
    ([0.1, 0.2, 0.4], None, "gates", "less"),
    ([3, 0.3, 1.2], None, "unclear", "somewhat_more"),
    ([1.5, 1.9, 0.6], None, "unclear", "somewhat_more"),
    ([20, 0.5, 30], [0.01, 0.7, 0.02], "carries", "more"),  # the one that has not learned does not count
    ([20, 15, 12], [0.01, 0.7, 0.7], "not_learned", "more"),
]
