"""Which gates of which units saturate, before and after training."""

from __future__ import annotations

import matplotlib.pyplot as plt
import pandas as pd
import xarray as xr
from matplotlib.figure import Figure

from gradviz.gallery.cache import Cache
from gradviz.gallery.caption import Caption
from gradviz.gallery.character_run import READING, UNTRAINED, character_run, setting
from gradviz.gallery.gallery_figure import Data
from gradviz.plots.drawing.headline import write_headline
from gradviz.plots.gate_histogram import plot_gate_histogram
from gradviz.plots.gate_saturation import plot_gate_saturation
from gradviz.recording.tree import select_module, select_series
from gradviz.vocabulary import CELLS, GATE, STEP, UNIT, UNIT_LEFT, UNIT_RIGHT

CLAIM = "Training takes the gates from the middle to both ends"
MOMENTS = {UNTRAINED: "before training", READING: "after training"}
GATES = list(CELLS["lstm"].sigmoid_gates)


def experiment(cache: Cache) -> Data:
    """The character model reading its sentence, before and after its training."""
    data = character_run(cache)
    return {moment: data[moment] for moment in MOMENTS}


def fractions(data: Data, moment: str) -> xr.Dataset:
    """Fraction of characters at which each sigmoid gate of the last layer is saturated, (gate, unit)."""
    series = select_series(select_module(data[moment]))[[UNIT_LEFT, UNIT_RIGHT]]
    return series.isel({STEP: 0}, drop=True).sel({GATE: GATES}).transpose(GATE, UNIT)


def compose(data: Data) -> Figure:
    """Karpathy's scatter above, all activations below; before on the left, after on the right."""
    figure, axes = plt.subplots(2, 2, layout="constrained", height_ratios=[1.9, 1], sharey="row")
    for column, (moment, title) in zip(axes.T, MOMENTS.items(), strict=True):
        sigmoid = select_module(data[moment]).sel({GATE: GATES})
        plot_gate_saturation(sigmoid, ax=column[0])
        plot_gate_histogram(sigmoid, ax=column[1])
        column[0].set(title=title, xlabel="fraction of characters shut, below 0.1")
        column[1].set(title="", xlabel="gate activation")
    axes[0, 0].set_ylabel("fraction open,\nabove 0.9")
    axes[1, 0].set_ylabel("density")
    axes[0, 0].set(xlim=(-0.13, 1.04), ylim=(-0.2, 1.04))  # room for the circle of all gates
    for note in list(axes[0, 1].texts):
        note.remove()  # they stand in the left panel already, or over the dots
    for ax in (axes[0, 0], axes[1, 0], axes[1, 1]):
        ax.get_legend().remove()
    for ax in axes[:, 1]:
        ax.set_ylabel("")
    write_headline(figure, CLAIM)
    return figure


def caption(data: Data) -> Caption:
    """With the mean fractions before and after, and the units that are saturated at most characters."""
    told = []
    for moment, title in MOMENTS.items():
        found = fractions(data, moment)
        left, right = float(found[UNIT_LEFT].mean()), float(found[UNIT_RIGHT].mean())
        most = float(((found[UNIT_LEFT] + found[UNIT_RIGHT]) > 0.5).mean())
        told.append(
            f"{title} {left:.0%} shut and {right:.0%} open, {most:.0%} of the units' gates at most characters"
        )
    return Caption(
        claim=CLAIM,
        reading="Above, every unit's gate is a dot: to the right the fraction of characters at which it is "
        "shut, upwards that at which it is open; on the dashed line it is always one or the other. Units at "
        "one place are one circle, cut by gate. Below, how often the gates take which value; dotted: the "
        "thresholds.",
        setting=f"{setting()} The sentence is read in one go before and after. Second layer, sigmoid gates.",
        measured=f"Means over gates, units and characters: {'; '.join(told)}.",
        source="Karpathy, Johnson and Fei-Fei (2015), 'Visualizing and understanding recurrent networks', "
        "section 4.2.",
        alt="Two scatter plots of right- against left-saturated fraction. Before training all gates are one "
        "circle in the corner of no saturation; after it they lie spread along the line of always "
        "saturated. Two histograms below: a peak at one half before, two peaks at 0 and 1 after.",
    )


def numbers(data: Data) -> pd.DataFrame:
    """A row for every moment, gate and unit."""
    tables = [
        fractions(data, moment).to_dataframe().reset_index().assign(moment=title)
        for moment, title in MOMENTS.items()
    ]
    return pd.concat(tables)[["moment", GATE, UNIT, UNIT_LEFT, UNIT_RIGHT]]
