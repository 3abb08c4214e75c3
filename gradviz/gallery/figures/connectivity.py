"""Which letters' losses contribute gradient to each state, on text."""

from __future__ import annotations

import functools
from typing import cast

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch
import xarray as xr
from matplotlib.figure import Figure

from gradviz.dynamics.connectivity import connectivity
from gradviz.dynamics_vocabulary import LOG10_CONNECTIVITY, LOSS_TIME
from gradviz.experiment.config.resolve import resolve
from gradviz.experiment.config.schema import Experiment
from gradviz.experiment.run.build_model import build
from gradviz.experiment.run.trained import load_trained
from gradviz.gallery.cache import Cache, one_thread
from gradviz.gallery.caption import Caption
from gradviz.gallery.gallery_figure import Data
from gradviz.plots.characters import label_characters
from gradviz.plots.connectivity import plot_connectivity
from gradviz.plots.drawing.colour_limits import decade_norm
from gradviz.plots.drawing.headline import write_headline
from gradviz.tasks.text import Text
from gradviz.vocabulary import TEXT, TIME

CLAIM = "After training, every letter's loss reaches back to the first letter"
SHOWN, HIDDEN, STEPS, BPTT, SEED = 30, 64, 120, 30, 0
MOMENTS = ("before training", "after training")


@functools.cache
def stream_experiment() -> Experiment:
    """The experiment that trains on the sentence as a stream of characters."""
    return resolve(
        {
            "name": "stream",
            "seed": SEED,
            "task": {"name": "text", "form": "stream", "bptt": BPTT, "encoding": "one_hot"},
            "model": {"cell": "lstm", "hidden_size": HIDDEN},
            "training": {"steps": STEPS, "batch_size": 2, "learning_rate": 1e-2},
            "recording": {"every": STEPS},
        }
    )


def experiment(cache: Cache) -> Data:
    """Connectivity over the beginning of the sentence, before and after training."""
    run = stream_experiment()
    folder = cache.trained(run)
    with one_thread():
        torch.manual_seed(run.seed)
        (untrained, task), (trained, _) = build(run), load_trained(folder)
        text = cast("Text", task)
        numbers = text.alphabet.numbers(text.text[: SHOWN + 1])
        inputs = text.alphabet.encode(numbers[:-1].unsqueeze(0), text.encoding)
        found = [connectivity(model, inputs, numbers[1:].unsqueeze(0)) for model in (untrained, trained)]
    return {
        moment: xr.DataTree(array.to_dataset().assign_attrs({TEXT: text.text[:SHOWN]}))
        for moment, array in zip(MOMENTS, found, strict=True)
    }


def by_lag(tree: xr.DataTree) -> np.ndarray:
    """Median over losses of the log10 norm at 0, 1, 2, ... letters back, shape (lag,)."""
    values = tree[LOG10_CONNECTIVITY].transpose(LOSS_TIME, TIME).values
    return np.array([np.median(np.diagonal(values, -lag)) for lag in range(len(values))])


def compose(data: Data) -> Figure:
    """Before training on the left, after it on the right, on one scale, with letters along both axes."""
    figure, axes = plt.subplots(1, 2, layout="constrained", sharey=True)
    arrays = [tree.to_dataset()[LOG10_CONNECTIVITY] for tree in data.values()]
    norm = decade_norm([array.values for array in arrays])
    write_headline(figure, CLAIM)
    for ax, moment, array in zip(axes, data, arrays, strict=True):
        plot_connectivity(array, ax=ax, norm=norm)
        ax.set_title(moment)
    bar = axes[0].images[0].colorbar
    if bar is not None:
        bar.remove()  # the other panel has the same
    axes[1].set_ylabel("")
    axes[1].texts[0].remove()
    for ax in axes:
        label_characters(ax, str(data[MOMENTS[0]].attrs[TEXT]))
        ax.set_xlabel("letter read when the state was there")
    label_characters(axes[0], str(data[MOMENTS[0]].attrs[TEXT]), upwards=True)
    axes[0].set_ylabel("letter after which the loss is taken")
    return figure


def caption(data: Data) -> Caption:
    """The caption, with the decades lost over all lags, before and after training."""
    lags = {moment: by_lag(tree) for moment, tree in data.items()}
    listed = "; ".join(f"{moment} {values[1] - values[-1]:.1f}" for moment, values in lags.items())
    return Caption(
        claim=CLAIM,
        reading="A row is the loss after one letter, a column the state when a letter was read; on the "
        "diagonal it is the same letter, and further left lies the past. Bright means a large gradient. "
        "Below the diagonal there is no gradient, because a later state has no influence on an earlier "
        "loss.",
        setting=f"An LSTM of {HIDDEN} units that predicts each next character of the course's sentence, with "
        f"one-hot inputs, {STEPS} steps of 2 streams in pieces of {BPTT} characters, Adam with learning rate "
        f"0.01, seed {SEED}. Then it reads the first {SHOWN} characters in one pass.",
        measured=f"Decades lost between 1 letter back and {SHOWN - 1} letters back, median over losses: "
        f"{listed}.",
        source="Backpropagation through time adds up the rows of this matrix: Werbos (1990), "
        "'Backpropagation through time'.",
        alt="Two triangular heatmaps of the gradient, loss against state, with letters along the axes. The "
        "one before training is bright near the diagonal and dark far from it; the one after training is "
        "nearly as bright at the first letters.",
    )


def numbers(data: Data) -> pd.DataFrame:
    """One row per panel (the column ``moment``), loss and state: log10 of the norm."""
    tables = [
        tree[LOG10_CONNECTIVITY].to_series().reset_index().assign(moment=moment)
        for moment, tree in data.items()
    ]
    return pd.concat(tables).dropna()[["moment", LOSS_TIME, TIME, LOG10_CONNECTIVITY]]
