"""The activation of every unit of every gate over a piece of text."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from gradviz.gallery.cache import Cache
from gradviz.gallery.caption import Caption
from gradviz.gallery.character_run import READING, character_run, setting, text_of
from gradviz.gallery.gallery_figure import Data
from gradviz.measures.saturation import BOTH, saturation
from gradviz.plots.characters import label_characters
from gradviz.plots.drawing.fraction_mesh import draw_fraction_bar, draw_fraction_mesh
from gradviz.plots.drawing.headline import write_headline
from gradviz.plots.drawing.palette import GATE_COLOURS, gate_map, signed_map, text_colour
from gradviz.plots.unit_order import units_by_time_constant
from gradviz.recording.tree import select_series
from gradviz.vocabulary import GATE, GATES, SAMPLE, STEP, TIME, UNIT

CLAIM = "After training on text, three in four gate values are shut or open"
ORDER = ("forget", "input", "output", "candidate")
_OF_SIGMOIDS = ORDER[:3]


def experiment(cache: Cache) -> Data:
    """The trained character model's pass over its sentence."""
    data = character_run(cache)
    return {READING: data[READING]}


def gates(data: Data) -> xr.DataArray:
    """Activations of the last layer, dims (gate, unit, time); the longest time constant comes first."""
    series = units_by_time_constant(data[READING]).isel({STEP: 0, SAMPLE: 0})
    values = series[GATES].isel({UNIT: slice(None, None, -1)}).transpose(GATE, UNIT, TIME)
    return values.assign_coords({UNIT: np.arange(values.sizes[UNIT])})


def saturated(data: Data) -> dict[str, float]:
    """Fraction of a sigmoid gate's activations below 0.1 or above 0.9, over units and characters."""
    fraction = select_series(saturation(data[READING]))[BOTH].isel({STEP: 0})
    return {name: float(fraction.sel({GATE: name})) for name in _OF_SIGMOIDS}


def time_constants(data: Data) -> np.ndarray:
    """Time constant 1 / (1 - mean forget gate) of every unit, in characters, longest first."""
    return 1 / (1 - gates(data).sel({GATE: "forget"}).mean(TIME).values)


def compose(data: Data) -> Figure:
    """One row per gate, units by time constant, the text below."""
    values = gates(data)
    figure, axes = plt.subplots(len(ORDER), 1, layout="constrained", sharex=True)
    meshes = {}
    for ax, name in zip(axes, ORDER, strict=True):
        signed = name not in _OF_SIGMOIDS
        colours, norm = (signed_map(), Normalize(-1, 1)) if signed else (gate_map(), Normalize(0, 1))
        meshes[name] = draw_fraction_mesh(ax, values.sel({GATE: name}), colours, norm)
        ax.tick_params(left=False, labelleft=False, bottom=False)
        ax.set_ylabel(name, color=text_colour(GATE_COLOURS[name]), fontweight="bold")
        ax.invert_yaxis()
    axes[-1].set_xlabel(f"character read; in each row {values.sizes[UNIT]} units, the longest memory on top")
    draw_fraction_bar(meshes["forget"], list(axes[:3]), label="gate activation").ax.set_ylim(0, 1)
    draw_fraction_bar(meshes["candidate"], [axes[3]], label="signed")
    write_headline(figure, CLAIM)
    label_characters(axes[-1], text_of(data))
    return figure


def caption(data: Data) -> Caption:
    """The caption, with the saturated fraction of every sigmoid gate and the longest time constants."""
    fractions = saturated(data)
    listed = ", ".join(f"{name} {fraction:.0%}" for name, fraction in fractions.items())
    memory = time_constants(data)
    return Caption(
        claim=CLAIM,
        reading="Each row of pixels is a unit of the second layer, each column a character. Dark means a "
        "shut gate, bright an open one; the candidate is signed. The units are sorted by their time "
        "constant, 1 / (1 - mean forget gate).",
        setting=f"{setting()} Then the model reads the sentence in one pass, which is longer than the "
        "windows of training.",
        measured=f"Activations below 0.1 or above 0.9: {listed}; all three gates "
        f"{np.mean(list(fractions.values())):.0%}. Time constants: median {np.median(memory):.1f} "
        f"characters, longest {memory.max():.0f}; {int((memory > 10).sum())} of {len(memory)} units exceed "
        "the 10 characters of a window.",
        source="Karpathy, Johnson and Fei-Fei (2015), 'Visualizing and understanding recurrent networks', "
        "section 4.2.",
        alt="Four heatmaps of unit against character for the forget, input, output and candidate gates, "
        "almost all black or white and changing from character to character; only the top few rows of the "
        "forget gate stay bright throughout.",
    )


def numbers(data: Data) -> pd.DataFrame:
    """One row per gate, unit (in the order of `gates`) and character."""
    table = gates(data).to_series().rename("activation").reset_index()
    return table.assign(character=[text_of(data)[time] for time in table[TIME]])
