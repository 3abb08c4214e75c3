"""How the gates saturate: over training and time, and over units and time."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.image import PcolorImage

from gradviz.cell_descriptions import CELLS
from gradviz.gallery.cache import Cache
from gradviz.gallery.caption import Caption
from gradviz.gallery.character_run import READING, TRAINING, character_run, setting
from gradviz.gallery.gallery_figure import Data
from gradviz.plots.drawing.fraction_mesh import draw_fraction_bar, draw_fraction_mesh
from gradviz.plots.drawing.headline import write_headline
from gradviz.plots.drawing.palette import GATE_COLOURS, gate_map, text_colour
from gradviz.plots.drawing.saturated_fraction import saturated_fraction, saturated_sequences, thresholds
from gradviz.plots.drawing.ticks import set_end_ticks
from gradviz.recording.tree import select_module, select_series
from gradviz.vocabulary import GATE, GATES, STEP, TIME, UNIT

CLAIM = "As the model learns the text by heart, its gates leave the middle"
LSTM = CELLS["lstm"]


def experiment(cache: Cache) -> Data:
    """The character model's training, and its pass over the sentence afterwards."""
    data = character_run(cache)
    return {TRAINING: data[TRAINING], READING: data[READING]}


def over_training(data: Data) -> dict[str, xr.DataArray]:
    """Saturated fraction of the last layer's units, dims (time, step), by gate."""
    series = select_series(select_module(data[TRAINING]))
    return {gate: saturated_fraction(series.sel({GATE: gate})) for gate in LSTM.gates}


def over_units(data: Data) -> dict[str, xr.DataArray]:
    """1 where a unit's gate is saturated, else 0, dims (unit, time), by gate; least saturated unit first."""
    series = select_series(select_module(data[READING])).isel({STEP: 0})
    found = {}
    for gate in LSTM.gates:
        values = series[GATES].sel({GATE: gate})
        beyond = saturated_sequences(values, *thresholds(LSTM, gate), side="both")
        order = np.argsort(beyond.mean(TIME).values, kind="stable")
        found[gate] = beyond.isel({UNIT: order}).assign_coords({UNIT: np.arange(len(order))})
    return found


def compose(data: Data) -> Figure:
    """One column per gate: training above, units below, on one scale."""
    figure, axes = plt.subplots(2, len(LSTM.gates), layout="constrained", sharey="row")
    above, below = over_training(data), over_units(data)
    for column, gate in zip(axes.T, LSTM.gates, strict=True):
        mesh = _draw(column[0], above[gate])
        _draw(column[1], below[gate])
        column[0].set_title(f"{gate} gate", color=text_colour(GATE_COLOURS[gate]))
        column[0].set_xlabel("training step")
        column[1].set_xlabel("character read")
    axes[0, 0].set_ylabel("time step\nin the window")
    axes[1, 0].set_ylabel("hidden unit,\nsorted")
    draw_fraction_bar(mesh, list(axes.ravel()), label="saturated fraction")
    write_headline(figure, CLAIM)
    return figure


def _draw(ax: Axes, values: xr.DataArray) -> PcolorImage:
    mesh = draw_fraction_mesh(ax, values, gate_map(), Normalize(0, 1))
    first, last = (int(values[values.dims[1]].values[place]) for place in (0, -1))
    set_end_ticks(ax.xaxis, first, last, count=0)
    ax.tick_params(labelbottom=True)
    return mesh


def caption(data: Data) -> Caption:
    """The caption, with every gate's saturated fraction before and after training and on the sentence."""
    training, units = over_training(data), over_units(data)
    listed = "; ".join(
        f"{gate} {float(training[gate][:, 0].mean()):.0%} before, {float(training[gate][:, -1].mean()):.0%} "
        f"after, {float(units[gate].mean()):.0%} over the sentence"
        for gate in LSTM.gates
    )
    return Caption(
        claim=CLAIM,
        reading="A gate is saturated where it is below 0.1 or above 0.9 (the candidate: below -0.9 or above "
        "0.9). There it passes hardly any gradient to its weights. Above: over training and the ten time "
        "steps of a window. Below: after training, for every unit of the second layer over the sentence, "
        "the least saturated at the bottom.",
        setting=f"{setting()} Below, the model reads the sentence in one pass.",
        measured=f"Saturated fraction of units and time steps: {listed}.",
        source="Karpathy, Johnson and Fei-Fei (2015), 'Visualizing and understanding recurrent networks', "
        "section 4.2, for the thresholds.",
        alt="Eight heatmaps, two for each of the four gates. Above: dark at first and brighter from "
        "training step 40 on, brightest at late time steps. Below: after training, most units are saturated "
        "at most characters, and few never are.",
    )


def numbers(data: Data) -> pd.DataFrame:
    """One row per gate, training step and time step: the saturated fraction."""
    tables = [
        fraction.to_series().rename("saturated_fraction").reset_index().assign(gate=gate)
        for gate, fraction in over_training(data).items()
    ]
    return pd.concat(tables)[["gate", STEP, TIME, "saturated_fraction"]]
