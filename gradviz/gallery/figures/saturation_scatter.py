"""Which gates of which units saturate, before and after training."""

from __future__ import annotations

import matplotlib.pyplot as plt
import pandas as pd
import xarray as xr
from matplotlib.figure import Figure

from gradviz.cell_descriptions import CELLS
from gradviz.gallery.cache import Cache
from gradviz.gallery.caption import Caption
from gradviz.gallery.character_run import READING, UNTRAINED, character_run, setting
from gradviz.gallery.gallery_figure import Data
from gradviz.plots.drawing.headline import write_headline
from gradviz.plots.gate_histogram import plot_gate_histogram
from gradviz.plots.gate_saturation import plot_gate_saturation
from gradviz.recording.tree import select_module, select_series
from gradviz.vocabulary import GATE, STEP, UNIT, UNIT_LEFT, UNIT_RIGHT

CLAIM = "Training moves the gates from the middle to both ends"
MOMENTS = {UNTRAINED: "before training", READING: "after training"}
SIGMOID_GATES = list(CELLS["lstm"].sigmoid_gates)


def experiment(cache: Cache) -> Data:
    """The character model's pass over its sentence, before and after training."""
    data = character_run(cache)
    return {moment: data[moment] for moment in MOMENTS}


def fractions(data: Data, moment: str) -> xr.Dataset:
    """Fraction of characters at which each sigmoid gate of the last layer is saturated, (gate, unit)."""
    series = select_series(select_module(data[moment]))[[UNIT_LEFT, UNIT_RIGHT]]
    return series.isel({STEP: 0}, drop=True).sel({GATE: SIGMOID_GATES}).transpose(GATE, UNIT)


def compose(data: Data) -> Figure:
    """Karpathy's scatter plot above, a histogram below; before training on the left, after on the right."""
    figure, axes = plt.subplots(2, 2, layout="constrained", height_ratios=[1.9, 1], sharey="row")
    for column, (moment, title) in zip(axes.T, MOMENTS.items(), strict=True):
        sigmoid = select_module(data[moment]).sel({GATE: SIGMOID_GATES})
        plot_gate_saturation(sigmoid, ax=column[0])
        plot_gate_histogram(sigmoid, ax=column[1])
        column[0].set(title=title, xlabel="fraction of characters shut, below 0.1")
        column[1].set(title="", xlabel="gate activation")
    axes[0, 0].set_ylabel("fraction open,\nabove 0.9")
    axes[1, 0].set_ylabel("density")
    axes[0, 0].set(xlim=(-0.13, 1.04), ylim=(-0.2, 1.04))  # room for the circle that holds all gates
    for note in list(axes[0, 1].texts):
        note.remove()  # they are in the left panel already, or would cover the dots
    for ax in (axes[0, 0], axes[1, 0], axes[1, 1]):
        ax.get_legend().remove()
    for ax in axes[:, 1]:
        ax.set_ylabel("")
    write_headline(figure, CLAIM)
    return figure


def caption(data: Data) -> Caption:
    """The caption, with the mean fractions, and how many gates are saturated at most characters."""
    listed = []
    for moment, title in MOMENTS.items():
        found = fractions(data, moment)
        left, right = float(found[UNIT_LEFT].mean()), float(found[UNIT_RIGHT].mean())
        most = float(((found[UNIT_LEFT] + found[UNIT_RIGHT]) > 0.5).mean())
        listed.append(
            f"{title} {left:.0%} shut and {right:.0%} open, with {most:.0%} of the units' gates saturated at "
            "most characters"
        )
    return Caption(
        claim=CLAIM,
        reading="Above: each dot is the gate of one unit. To the right is the fraction of characters at "
        "which it is shut, upwards the fraction at which it is open; on the dashed line it is always "
        "saturated. Units at the same place share a circle, divided by gate. Below: the histogram of the "
        "gate activations; the dotted lines are the thresholds.",
        setting=f"{setting()} The model reads the sentence in one pass before and after training. Second "
        "layer, sigmoid gates.",
        measured=f"Means over gates, units and characters: {'; '.join(listed)}.",
        source="Karpathy, Johnson and Fei-Fei (2015), 'Visualizing and understanding recurrent networks', "
        "section 4.2.",
        alt="Two scatter plots of right-saturated against left-saturated fraction. Before training, all "
        "gates share one circle in the corner without saturation; after training, they are spread along the "
        "line on which a gate is always saturated. Two histograms below: one peak at one half before "
        "training, two peaks at 0 and 1 after it.",
    )


def numbers(data: Data) -> pd.DataFrame:
    """One row per moment (before or after training), gate and unit."""
    tables = [
        fractions(data, moment).to_dataframe().reset_index().assign(moment=title)
        for moment, title in MOMENTS.items()
    ]
    return pd.concat(tables)[["moment", GATE, UNIT, UNIT_LEFT, UNIT_RIGHT]]
