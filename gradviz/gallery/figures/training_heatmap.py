"""Gradient over training step and time step, above the loss: when the gradient bridges the lag."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.figure import Figure

from gradviz.gallery.adding_runs import LENGTH, SETTING, adding_runs
from gradviz.gallery.cache import Cache
from gradviz.gallery.caption import Caption
from gradviz.gallery.demo_figures import figure_training
from gradviz.gallery.final_loss import final_loss
from gradviz.gallery.gallery_figure import Data
from gradviz.measures.gradient_across_lag import LOST_H, gradient_across_lag
from gradviz.measures.log10_mean import log10_mean
from gradviz.plots.comparison import LEARNED_BELOW
from gradviz.plots.drawing.complete_curve import complete_curve
from gradviz.plots.drawing.running_median import running_median
from gradviz.recording.tree import select_module, select_series
from gradviz.vocabulary import BASELINE, LOG10_GRAD_H, SAMPLE, STEP, TIME

CLAIM = f"The gradient has to cross {LENGTH} steps before anything is learned"
BRIDGED = 3.0  # decades; a gradient that loses more on its way has not crossed


def experiment(cache: Cache) -> Data:
    """The three trainings on the adding task."""
    return adding_runs(cache)


def compose(data: Data) -> Figure:
    """One column per cell, on one colour scale."""
    return figure_training(data, title=CLAIM)


def bridged_at(tree: xr.DataTree) -> int | None:
    """First recorded training step from which the gradient never again loses more than three decades.

    Compares the mean norm over sequences at the first time step with that at the last; None if there is no
    such step.
    """
    lost = select_series(gradient_across_lag(tree))[LOST_H]
    far = np.flatnonzero(lost.values > BRIDGED)
    first = far[-1] + 1 if len(far) else 0
    steps = lost[STEP].values
    return int(steps[first]) if first < len(steps) else None


def learned_at(tree: xr.DataTree) -> int | None:
    """First training step at which the loss's running median is a fifth below the trivial predictor's."""
    curve = complete_curve(tree)
    below = np.flatnonzero(running_median(curve.values) < LEARNED_BELOW * float(tree.attrs[BASELINE]))
    return int(curve[curve.dims[0]].values[below[0]]) if len(below) else None


def caption(data: Data) -> Caption:
    """The caption, with the steps at which each gradient crossed and each loss began to fall."""
    listed = []
    for label, tree in data.items():
        bridged, learned = bridged_at(tree), learned_at(tree)
        crossing = "never crosses" if bridged is None else f"crosses from step {bridged} on"
        leaving = "never leaves the trivial predictor"
        if learned is not None:
            leaving = f"leaves the trivial predictor at step {learned}"
        listed.append(
            f"{label}: the gradient {crossing}, the loss {leaving} and is {final_loss(tree):.4f} at the end"
        )
    return Caption(
        claim=CLAIM,
        reading="Above: each column of pixels is one training step, bright where much gradient reaches the "
        "state at that time step and dark where little does. The loss is at the top; the numbers to be "
        "added may be anywhere in the amber range and above it. Below: the loss; the dashed line is the loss "
        "of always predicting 1.",
        setting=SETTING,
        measured=f"{'; '.join(listed)}. A gradient that crosses loses less than {BRIDGED:g} decades from the "
        "last time step to the first. One seed: with other initialisations and batches, these steps differ.",
        source="The adding task: Hochreiter and Schmidhuber (1997), 'Long short-term memory'; the trivial "
        "predictor's 1/6: Arjovsky, Shah and Bengio (2016).",
        alt="Three heatmaps of gradient norm over training step and time step with learning curves below. "
        "The RNN stays dark at early time steps and does not learn. The LSTM turns bright at all time "
        f"steps near step {bridged_at(data['LSTM'])}, the GRU near step {bridged_at(data['GRU'])}, and "
        "their losses fall there.",
    )


def numbers(data: Data) -> pd.DataFrame:
    """One row per cell, training step and time step: log10 of the mean norm."""
    tables = []
    for label, tree in data.items():
        norms = log10_mean(select_series(select_module(tree))[LOG10_GRAD_H], SAMPLE)
        table = norms.transpose(STEP, TIME).to_series().rename("log10_grad_h").reset_index()
        tables.append(table.assign(network=label))
    return pd.concat(tables)[["network", STEP, TIME, "log10_grad_h"]]
