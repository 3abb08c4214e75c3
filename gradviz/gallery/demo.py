"""The four figures of ``gradviz demo``, each from recordings alone."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import xarray as xr
from matplotlib.figure import Figure

from gradviz.plots.comparison import figure_comparison
from gradviz.plots.gate_heatmap import plot_gate_heatmap
from gradviz.plots.gradient_heatmap import plot_gradient_heatmap
from gradviz.plots.gradient_norms import plot_gradient_norms
from gradviz.plots.headline import write_headline
from gradviz.plots.learning_curve import plot_learning_curve
from gradviz.plots.saturation_heatmap import plot_saturation_heatmap

Recordings = dict[str, xr.Dataset | xr.DataTree]

SATURATED = (("LSTM", "forget"), ("LSTM, forget bias 3", "forget"), ("GRU", "update"))


def figure_forgetting(recordings: Recordings) -> Figure:
    """Gradient against lag before the first step of training, every cell on one scale."""
    figure, ax = plt.subplots(layout="constrained")
    plot_gradient_norms(recordings, ax=ax, step=0)
    write_headline(figure, "Untrained, LSTM and GRU forget like a plain RNN; a forget bias of 3 does not")
    return figure


def figure_training(recordings: Recordings) -> Figure:
    """Gradient over training step and time, the loss below."""
    first = next(iter(recordings.values()))
    return figure_comparison(
        recordings,
        title=f"The gradient has to cross {first.attrs['lag'] + 1} steps before anything is learned",
        informative=json.loads(first.attrs["informative"]),
        baseline=float(first.attrs["baseline"]),
        baseline_meaning=str(first.attrs["baseline_meaning"]),
    )


def figure_saturation(recordings: Recordings, gates: Sequence[tuple[str, str]] = SATURATED) -> Figure:
    """Saturated share of chosen gates over training: one panel a (recording, gate)."""
    figure, axes = plt.subplots(1, len(gates), layout="constrained", sharey=True, squeeze=False)
    for ax, (label, gate) in zip(axes[0], gates, strict=True):
        plot_saturation_heatmap(recordings[label], ax=ax, gate=gate)
        ax.set_title(f"{label}: {gate}")
        ax.label_outer()
    write_headline(figure, "Where gates are stuck open or shut, during training")
    return figure


def figure_characters(training: xr.DataTree, reading: xr.DataTree) -> Figure:
    """The character model: its loss, its gradient, and its forget gate over the sentence."""
    figure = plt.figure(layout="constrained")
    grid = figure.add_gridspec(2, 2, height_ratios=[1, 1.1])
    plot_learning_curve(
        training,
        ax=figure.add_subplot(grid[0, 0]),
        baseline=float(training.attrs["baseline"]),
        baseline_meaning=str(training.attrs["baseline_meaning"]),
    )
    plot_gradient_heatmap(training, ax=figure.add_subplot(grid[0, 1]))
    ax = figure.add_subplot(grid[1, :])
    plot_gate_heatmap(reading, ax=ax, gate="forget")
    text = str(reading.attrs["text"])
    ax.set_title("forget gate of every unit while the trained model reads the sentence")
    ax.set_xticks(range(len(text)), ["␣" if c == " " else c for c in text], family="monospace")
    ax.tick_params(axis="x", length=0)
    ax.set_xlabel("")
    write_headline(figure, "Ten characters are a short lag: the gradient reaches all of them")
    return figure
