"""How much gradient flows through each gate and past them, against the lag."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.figure import Figure

from gradviz.gallery.anatomy_run import PASS, SETTING, anatomy_run
from gradviz.gallery.cache import Cache
from gradviz.gallery.caption import Caption
from gradviz.gallery.gallery_figure import Data
from gradviz.measures.gradient_paths import PATH_FRACTION
from gradviz.measures.gradient_paths import gradient_paths as measure
from gradviz.plots.drawing.headline import write_headline
from gradviz.plots.drawing.palette import cell_colour, text_colour
from gradviz.plots.gradient_paths import plot_gradient_paths
from gradviz.recording.tree import select_module, select_series
from gradviz.vocabulary import CARRY_PATH, DIRECT_PATH, LOG10_GRAD_PATH, PATH, STEP, TIME

CLAIM = "The gradient comes back past the gates, not through them"
NETWORKS = {"LSTM": "lstm", "GRU": "gru"}


def experiment(cache: Cache) -> Data:
    """One pass each of the LSTM and the GRU that were trained on the adding task."""
    return {label: anatomy_run(cache, label)[PASS] for label in NETWORKS}


def fractions(tree: xr.DataTree) -> xr.DataArray:
    """Fraction of the gradient that each path contributes, dims (time, path), without the last time step."""
    found = select_series(measure(tree)).isel({STEP: 0, TIME: slice(None, -1)})
    return found[PATH_FRACTION].transpose(TIME, PATH)


def compose(data: Data) -> Figure:
    """Gradient norms by path against lag, for LSTM and GRU."""
    figure, axes = plt.subplots(1, 2, layout="constrained", sharey=True)
    for ax, (label, tree) in zip(axes, data.items(), strict=True):
        module = select_module(tree)
        plot_gradient_paths(
            module.drop_sel({PATH: DIRECT_PATH}), ax=ax
        )  # the loss itself, at the last step only
        ax.set_title(label, color=text_colour(cell_colour(NETWORKS[label])))
        ax.set_xlabel("time steps back from the end")
    axes[0].set_ylabel("gradient contributed by a path")
    axes[1].set_ylabel("")
    write_headline(figure, CLAIM)
    return figure


def caption(data: Data) -> Caption:
    """The caption, with the median and the smallest fraction of the carry path over time."""
    listed = []
    for label, tree in data.items():
        fraction = fractions(tree)
        carry = fraction.sel({PATH: CARRY_PATH}).values
        others = fraction.drop_sel({PATH: CARRY_PATH}).median(TIME)
        best = str(others[PATH].values[others.values.argmax()])
        listed.append(
            f"{label}: {np.median(carry):.0%} through the carry path (at least {carry.min():.0%}), "
            f"{float(others.max()):.0%} through the {best} gate"
        )
    return Caption(
        claim=CLAIM,
        reading="The gradient that each path contributes to the state at a time step, against how far back "
        "that step is. The carry path leads straight from state to state: it multiplies the gradient by f "
        "in the LSTM's cell state and by z in the GRU. The other paths go through a gate and the recurrent "
        "weights. The direct gradient of the loss, at the last time step, is left out.",
        setting=SETTING,
        measured=f"Fraction of the sum of norms, median over all but the last time step: "
        f"{'; '.join(listed)}.",
        source="Hochreiter and Schmidhuber (1997), 'Long short-term memory', on constant error flow; the "
        "decomposition follows from the adjoint recursion.",
        alt="Two panels of gradient norm against lag, for LSTM and GRU. In both, the line of the carry path "
        "is far above those of the gates, by about one power of ten, at all lags except the first few.",
    )


def numbers(data: Data) -> pd.DataFrame:
    """One row per network, time step and path: log10 of the mean norm, and the fraction."""
    tables = []
    for label, tree in data.items():
        found = select_series(measure(tree)).isel({STEP: 0}, drop=True)
        table = found[[LOG10_GRAD_PATH, PATH_FRACTION]].to_dataframe().reset_index()
        tables.append(table.assign(network=label)[["network", TIME, PATH, LOG10_GRAD_PATH, PATH_FRACTION]])
    return pd.concat(tables)
