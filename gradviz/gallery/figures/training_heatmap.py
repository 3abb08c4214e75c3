"""Gradient over training step and time, above the loss: the moment in which the lag is bridged."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.figure import Figure

from gradviz.gallery.adding_runs import LENGTH, SETTING, adding_runs
from gradviz.gallery.cache import Cache
from gradviz.gallery.caption import Caption
from gradviz.gallery.gallery_figure import Data
from gradviz.measures.log10_mean import log10_mean
from gradviz.plots.comparison import LEARNED_BELOW, figure_comparison
from gradviz.plots.drawing.complete_curve import complete_curve
from gradviz.plots.drawing.running_median import running_median
from gradviz.recording.tree import select_module, select_series
from gradviz.vocabulary import BASELINE, BASELINE_MEANING, INFORMATIVE, LOG10_GRAD_H, SAMPLE, STEP, TIME

CLAIM = f"The gradient has to cross {LENGTH} steps before anything is learned"
BRIDGED = 3.0  # decades that the gradient may lose on its way, to count as having crossed


def experiment(cache: Cache) -> Data:
    """The three trainings on the adding task."""
    return adding_runs(cache)


def compose(data: Data) -> Figure:
    """One column a cell, one colour scale."""
    first = next(iter(data.values()))
    return figure_comparison(
        data,
        title=CLAIM,
        informative=json.loads(first.attrs[INFORMATIVE]),
        baseline=float(first.attrs[BASELINE]),
        baseline_meaning=str(first.attrs[BASELINE_MEANING]),
    )


def bridged_at(tree: xr.DataTree) -> int | None:
    """First recorded training step from which on the gradient stays less than three decades down at step 0.

    The mean over sequences at the first time step against that at the last; None if it never does.
    """
    norms = log10_mean(select_series(select_module(tree))[LOG10_GRAD_H], SAMPLE)
    lost = (norms.isel({TIME: -1}) - norms.isel({TIME: 0})).values
    far = np.flatnonzero(lost > BRIDGED)
    first = far[-1] + 1 if len(far) else 0
    steps = norms[STEP].values
    return int(steps[first]) if first < len(steps) else None


def learned_at(tree: xr.DataTree) -> int | None:
    """First training step at which the loss's running median is a fifth below the trivial predictor's."""
    curve = complete_curve(tree)
    below = np.flatnonzero(running_median(curve.values) < LEARNED_BELOW * float(tree.attrs[BASELINE]))
    return int(curve[curve.dims[0]].values[below[0]]) if len(below) else None


def caption(data: Data) -> Caption:
    """With the steps at which each gradient crossed and each loss left the trivial predictor."""
    told = []
    for label, tree in data.items():
        bridged, learned = bridged_at(tree), learned_at(tree)
        end = float(np.median(complete_curve(tree).values[-50:]))
        told.append(
            f"{label}: gradient across {'never' if bridged is None else f'from step {bridged} on'}, trivial "
            f"predictor left {'never' if learned is None else f'at step {learned}'}, loss at the end "
            f"{end:.4f}"
        )
    return Caption(
        claim=CLAIM,
        reading="Above, each column of pixels is one training step: bright where much gradient reaches the "
        "state at that time step, dark where little does; the loss is at the top, the numbers to be added "
        "come anywhere in the amber range and above it. Below, the loss, and dashed what always predicting "
        "1 costs.",
        setting=SETTING,
        measured=f"{'; '.join(told)}. Across means: less than {BRIDGED:g} decades lost from the last time "
        "step to the first. One seed: initialisation and luck move these steps.",
        source="The adding task: Hochreiter and Schmidhuber (1997), 'Long short-term memory'; the trivial "
        "predictor's 1/6: Arjovsky, Shah and Bengio (2016).",
        alt="Three heatmaps of gradient norm over training step and time step with learning curves below. "
        "The RNN stays dark at early time steps and does not learn. The LSTM turns bright at all time "
        f"steps near step {bridged_at(data['LSTM'])}, the GRU near step {bridged_at(data['GRU'])}, and "
        "there their losses fall.",
    )


def numbers(data: Data) -> pd.DataFrame:
    """A row for every cell, training step and time step: log10 of the mean norm."""
    tables = []
    for label, tree in data.items():
        norms = log10_mean(select_series(select_module(tree))[LOG10_GRAD_H], SAMPLE)
        table = norms.transpose(STEP, TIME).to_series().rename("log10_grad_h").reset_index()
        tables.append(table.assign(network=label))
    return pd.concat(tables)[["network", STEP, TIME, "log10_grad_h"]]
