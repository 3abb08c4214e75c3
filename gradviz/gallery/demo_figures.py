"""The four figures of ``gradviz demo``, drawn from recordings."""

from __future__ import annotations

import json
from collections.abc import Mapping

import matplotlib.pyplot as plt
import xarray as xr
from matplotlib.figure import Figure

from gradviz.plots.characters import label_characters
from gradviz.plots.comparison import figure_comparison
from gradviz.plots.drawing.headline import write_headline
from gradviz.plots.gate_heatmap import plot_gate_heatmap
from gradviz.plots.gradient_heatmap import plot_gradient_heatmap
from gradviz.plots.gradient_norms import plot_gradient_norms
from gradviz.plots.learning_curve import plot_learning_curve
from gradviz.plots.saturation_comparison import GateOf, figure_saturation
from gradviz.plots.unit_order import units_by_time_constant
from gradviz.vocabulary import BASELINE, BASELINE_MEANING, INFORMATIVE, LAG, TEXT

Recordings = Mapping[str, xr.Dataset | xr.DataTree]

KEEPING = (("LSTM", "forget"), ("LSTM, forget bias 3", "forget"), ("GRU", "update"))


def figure_forgetting(recordings: Recordings) -> Figure:
    """Gradient against lag before the first training step, all cells on one scale."""
    figure, ax = plt.subplots(layout="constrained")
    plot_gradient_norms(recordings, ax=ax, step=0)
    write_headline(figure, "An untrained LSTM forgets like an RNN; forget bias 3 prevents it")
    return figure


def figure_training(recordings: Recordings) -> Figure:
    """Gradient over training step and time step, with the loss below."""
    first = next(iter(recordings.values()))
    return figure_comparison(
        recordings,
        title=f"The gradient has to cross {first.attrs[LAG] + 1} steps before anything is learned",
        informative=json.loads(first.attrs[INFORMATIVE]),
        baseline=float(first.attrs[BASELINE]),
        baseline_meaning=str(first.attrs[BASELINE_MEANING]),
    )


def figure_open_gates(recordings: Recordings) -> Figure:
    """Over training, the fraction of the memory-keeping gates that are open."""
    panels = [GateOf(label, recordings[label], gate) for label, gate in KEEPING]
    return figure_saturation(
        panels, side="right", title="A forget bias opens the gates; the GRU learns to open its own"
    )


def figure_characters(training: xr.DataTree, reading: xr.DataTree) -> Figure:
    """The character model's loss and gradient over training, and its forget gate over the sentence."""
    figure = plt.figure(layout="constrained")
    grid = figure.add_gridspec(2, 2, height_ratios=[1, 1.1])
    plot_learning_curve(
        training,
        ax=figure.add_subplot(grid[0, 0]),
        baseline=float(training.attrs[BASELINE]),
        baseline_meaning=str(training.attrs[BASELINE_MEANING]),
    )
    plot_gradient_heatmap(training, ax=figure.add_subplot(grid[0, 1]))
    ax = figure.add_subplot(grid[1, :])
    text = str(reading.attrs[TEXT])
    plot_gate_heatmap(units_by_time_constant(reading), ax=ax, gate="forget")
    ax.set_title(f"its forget gates over the sentence (trained on windows of {training.attrs[LAG] + 1})")
    ax.set_ylabel("hidden unit,\nby its mean")
    ax.set_xlabel("")
    write_headline(figure, "Ten characters are a short lag: the gradient reaches all of them")
    label_characters(ax, text)
    return figure
