"""The four figures of ``gradviz demo``, drawn from recordings."""

from __future__ import annotations

import json

import matplotlib.pyplot as plt
import xarray as xr
from matplotlib.figure import Figure

from gradviz.gallery.demo_claims import (
    GRU,
    LSTM,
    LSTM_BIAS,
    Recordings,
    claim_characters,
    claim_forgetting,
    claim_gates,
    claim_training,
)
from gradviz.gallery.words import figure_words
from gradviz.plots.characters import label_characters
from gradviz.plots.comparison import figure_comparison
from gradviz.plots.drawing.baseline import draw_baseline, name_baseline
from gradviz.plots.drawing.headline import write_headline
from gradviz.plots.gate_heatmap import plot_gate_heatmap
from gradviz.plots.gradient_heatmap import plot_gradient_heatmap
from gradviz.plots.gradient_norms import plot_gradient_norms
from gradviz.plots.learning_curve import plot_learning_curve
from gradviz.plots.saturation_comparison import GateOf, figure_saturation
from gradviz.plots.unit_order import units_by_time_constant
from gradviz.vocabulary import BASELINE, BASELINE_MEANING, INFORMATIVE, TEXT

KEEPING = ((LSTM, "forget"), (LSTM_BIAS, "forget"), (GRU, "update"))

_ROOM = 6.0  # above the trivial predictor, for what it does

_words = figure_words("demo")


def figure_forgetting(recordings: Recordings) -> Figure:
    """Gradient against lag before the first training step, all cells on one scale."""
    figure, ax = plt.subplots(layout="constrained")
    plot_gradient_norms(_named(recordings), ax=ax, step=0)
    write_headline(figure, claim_forgetting(recordings).sentence)
    return figure


def figure_training(recordings: Recordings, *, title: str | None = None) -> Figure:
    """Gradient over training step and time step, with the loss below; by default the title is the claim."""
    first = next(iter(recordings.values()))
    return figure_comparison(
        _named(recordings),
        title=title or claim_training(recordings).sentence,
        informative=json.loads(first.attrs[INFORMATIVE]),
        baseline=float(first.attrs[BASELINE]),
        baseline_meaning=str(first.attrs[BASELINE_MEANING]),
    )


def figure_open_gates(recordings: Recordings) -> Figure:
    """Over training, the fraction of the memory-keeping gates that are open."""
    panels = [GateOf(_name(label), recordings[label], gate) for label, gate in KEEPING]
    return figure_saturation(panels, side="right", title=claim_gates(recordings).sentence)


def figure_characters(training: xr.DataTree, reading: xr.DataTree) -> Figure:
    """The character model's loss and gradient over training, and its forget gate over the sentence."""
    figure = plt.figure(layout="constrained")
    grid = figure.add_gridspec(2, 2, height_ratios=[1, 1.1])
    losses, gradient = figure.add_subplot(grid[0, 0]), figure.add_subplot(grid[0, 1])
    baseline = float(training.attrs[BASELINE])
    plot_learning_curve(training, ax=losses)
    draw_baseline(losses, baseline)
    name_baseline(losses, baseline, str(training.attrs[BASELINE_MEANING]), outside=False)
    losses.set(title=_words("panel.loss"), ylabel="", ylim=(None, _ROOM * baseline))
    plot_gradient_heatmap(training, ax=gradient)
    gradient.set_title(_words("panel.gradient"))
    ax = figure.add_subplot(grid[1, :])
    plot_gate_heatmap(units_by_time_constant(reading), ax=ax, gate="forget")
    ax.set(title=_words("panel.reading"), ylabel=_words("panel.units"), xlabel="")
    write_headline(figure, claim_characters(training).sentence)
    label_characters(ax, str(reading.attrs[TEXT]))
    return figure


def _named(recordings: Recordings) -> Recordings:
    return {_name(label): data for label, data in recordings.items()}


def _name(label: str) -> str:
    return _words(f"network.{label}")
