"""The eigenvalues of the recurrent weights, before and after training."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from gradviz.dynamics.eigenvalues import hidden_eigenvalues
from gradviz.dynamics_vocabulary import EIGENVALUE_IMAG, EIGENVALUE_REAL
from gradviz.experiment.run.build_model import build
from gradviz.experiment.run.trained import load_trained
from gradviz.gallery.adding_runs import HIDDEN, SETTING, adding_experiments
from gradviz.gallery.cache import Cache, one_thread
from gradviz.gallery.caption import Caption
from gradviz.gallery.gallery_figure import Data
from gradviz.plots.drawing.headline import write_headline
from gradviz.plots.drawing.palette import GREY, cell_colour, ink, text_colour
from gradviz.plots.eigenvalues import plot_eigenvalues
from gradviz.vocabulary import GATE, SPECTRAL_RADIUS

CLAIM = "Training spreads the spectra; those of gates cross the unit circle"
NETWORKS = {"RNN (tanh)": ("rnn", "hidden"), "LSTM": ("lstm", "forget"), "GRU": ("gru", "update")}
MOMENTS = ("untrained", "trained")


def experiment(cache: Cache) -> Data:
    """Spectra of the three cells, untrained and trained on the adding task, by ``label/moment``."""
    data = {}
    for label, run in adding_experiments().items():
        folder = cache.trained(run)
        with one_thread():
            torch.manual_seed(run.seed)
            models = (build(run)[0], load_trained(folder)[0])
            for moment, model in zip(MOMENTS, models, strict=True):
                data[f"{label}/{moment}"] = xr.DataTree(hidden_eigenvalues(model))
    return data


def compose(data: Data) -> Figure:
    """One complex plane per cell: untrained in grey, trained in the gate's colour."""
    figure = plt.figure(layout="constrained")
    grid = figure.add_gridspec(2, len(NETWORKS), height_ratios=[1, 0.3])
    axes = [figure.add_subplot(grid[0, place]) for place in range(len(NETWORKS))]
    for ax, (label, (cell, gate)) in zip(axes, NETWORKS.items(), strict=True):
        spectra = {moment: data[f"{label}/{moment}"].to_dataset() for moment in MOMENTS}
        plot_eigenvalues(spectra, ax=ax, gate=gate)
        before, after = (radius(data, label, moment, gate) for moment in MOMENTS)
        named = label if gate == "hidden" else f"{label}, {gate}"
        ax.set_title(f"{named}\nradius {before:.2f} → {after:.2f}", color=text_colour(cell_colour(cell)))
        legend = ax.get_legend()
        if legend is not None:
            legend.remove()
        ax.set_ylabel("imaginary part" if ax is axes[0] else "")
    _write_key(figure.add_subplot(grid[1, :]))
    write_headline(figure, CLAIM)
    return figure


def _write_key(ax: Axes) -> None:
    """Write the legend of dots and circles, which holds for all panels."""
    ax.set_axis_off()
    trained = ink()
    ax.legend(
        handles=[
            Line2D([], [], color=GREY, marker="o", linestyle="none", label="untrained"),
            Line2D([], [], color=trained, marker="s", linestyle="none", label="trained (in colour)"),
            Line2D([], [], color=trained, linewidth=1, label="spectral radius, before → after"),
            Line2D([], [], color=GREY, linestyle="--", label="unit circle"),
        ],
        loc="center",
        ncols=2,
        columnspacing=3,
    )


def radius(data: Data, label: str, moment: str, gate: str) -> float:
    """Spectral radius of a gate's recurrent weight."""
    return float(data[f"{label}/{moment}"][SPECTRAL_RADIUS].sel({GATE: gate}).squeeze())


def inside(data: Data, label: str, moment: str, gate: str) -> float:
    """Fraction of a gate's eigenvalues inside the unit circle."""
    spectrum = data[f"{label}/{moment}"].to_dataset().sel({GATE: gate})
    modulus = np.hypot(spectrum[EIGENVALUE_REAL], spectrum[EIGENVALUE_IMAG])
    return float((modulus < 1).mean())


def caption(data: Data) -> Caption:
    """The caption, with the spectral radii and the fraction of eigenvalues inside the unit circle."""
    listed = "; ".join(
        f"{label}, {gate}: {radius(data, label, 'untrained', gate):.2f} before, "
        f"{radius(data, label, 'trained', gate):.2f} after, {inside(data, label, 'trained', gate):.0%} of "
        "the trained eigenvalues inside the unit circle"
        for label, (_, gate) in NETWORKS.items()
    )
    return Caption(
        claim=CLAIM,
        reading="Each dot is an eigenvalue of the recurrent weight matrix; in LSTM and GRU, of its block for "
        "the gate that keeps the memory. Grey: before training; colour: after training. A circle marks each "
        "spectral radius, and the dashed circle is the unit circle. In a network with gates, the spectrum "
        "of one block alone does not give the gain of a step.",
        setting=f"{HIDDEN} units. {SETTING}",
        measured=f"Spectral radius: {listed}. For untrained weights from U[-1/√H, 1/√H] and large H, 1/√3 = "
        "0.577 is expected.",
        source="Girko (1985), 'Circular law'; Pascanu, Mikolov and Bengio (2013) on what a spectral radius "
        "does and does not imply.",
        alt="Three complex planes with eigenvalues before and after training. Before training, all lie in a "
        "disc of radius 0.6. After training, most still do; the RNN's outermost lie just inside the unit "
        "circle, and some of the LSTM's and the GRU's lie far outside it.",
    )


def numbers(data: Data) -> pd.DataFrame:
    """One row per cell, moment (untrained or trained), gate and eigenvalue."""
    tables = []
    for key, tree in data.items():
        label, _, moment = key.partition("/")
        table = tree.to_dataset()[[EIGENVALUE_REAL, EIGENVALUE_IMAG]].to_dataframe().reset_index()
        tables.append(table.assign(network=label, moment=moment))
    return pd.concat(tables)[["network", "moment", GATE, EIGENVALUE_REAL, EIGENVALUE_IMAG]]
