"""A gradient that rises before it vanishes, though every eigenvalue is below 1."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import nn

from gradviz.dynamics.eigenvalues import hidden_eigenvalues
from gradviz.dynamics_vocabulary import HENRICI_DEPARTURE
from gradviz.gallery.cache import Cache
from gradviz.gallery.caption import Caption
from gradviz.gallery.gallery_figure import Data
from gradviz.plots.drawing.headline import write_headline
from gradviz.plots.drawing.line_labels import LineEnd, label_line_ends
from gradviz.plots.drawing.palette import GREY, cell_colour, ink
from gradviz.vocabulary import LARGEST_SINGULAR_VALUE, SPECTRAL_RADIUS

CLAIM = "The norm rises to 39 before it falls, though every eigenvalue is 0.9"
WEIGHT = np.array([[0.9, 10.0], [0.0, 0.9]])
STEPS = 90


def experiment(cache: Cache) -> Data:
    """Norms of one matrix's powers, and what its eigenvalues suggest for them; nothing is cached."""
    power = np.arange(STEPS + 1)
    norms = [np.linalg.norm(np.linalg.matrix_power(WEIGHT, n), 2) for n in power]
    powers = xr.Dataset(
        {"norm": ("power", norms), "promised": ("power", 0.9**power)}, coords={"power": power}
    )
    network = nn.RNN(1, 2)
    with torch.no_grad():
        network.get_parameter("weight_hh_l0").copy_(torch.from_numpy(WEIGHT))
    return {"powers": xr.DataTree(powers), "spectrum": xr.DataTree(hidden_eigenvalues(network))}


def peak(data: Data) -> tuple[int, float]:
    """The power with the largest norm, and that norm."""
    norms = data["powers"].to_dataset()["norm"].values
    return int(norms.argmax()), float(norms.max())


def below_one(data: Data) -> int:
    """The first power after the peak whose norm is below 1."""
    norms = data["powers"].to_dataset()["norm"].values
    top = int(norms.argmax())
    return top + int(np.flatnonzero(norms[top:] < 1)[0])


def compose(data: Data) -> Figure:
    """The norm of every power on a log axis, with the decay that the spectral radius suggests."""
    powers = data["powers"].to_dataset()
    figure, ax = plt.subplots(layout="constrained")
    norms, promised, power = powers["norm"].values, powers["promised"].values, powers["power"].values
    ax.fill_between(power, promised, norms, color=cell_colour("rnn"), alpha=0.12, linewidth=0)
    ax.plot(power, norms, color=cell_colour("rnn"))
    ax.plot(power, promised, "--", color=GREY)
    ax.axhline(1, color=GREY, linewidth=0.4 * plt.rcParams["lines.linewidth"])
    ax.set_yscale("log")
    ax.set_xlim(0, STEPS)
    ax.set_ylim(promised[-1], 130)
    ax.set_xlabel("n, time steps that the gradient goes back")
    ax.set_ylabel("largest gain of n steps ‖U$^n$‖")
    _mark(ax, data)
    write_headline(figure, CLAIM)
    label_line_ends(
        ax,
        [
            LineEnd(STEPS, float(norms[-1]), "what happens", cell_colour("rnn")),
            LineEnd(STEPS, float(promised[-1]), "eigenvalues:\n0.9$^n$", GREY),
        ],
    )
    return figure


def _mark(ax: Axes, data: Data) -> None:
    power, norm = peak(data)
    arrow = {"arrowstyle": "->", "color": ink()}
    ax.annotate(
        f"{norm:.2f} after {power} steps",
        xy=(power, norm),
        xytext=(power + 9, 1.7 * norm),
        color=ink(),
        va="center",
        arrowprops=arrow,
    )
    last = below_one(data)
    ax.annotate(
        f"below 1 from n = {last} on",
        xy=(last, 1),
        xytext=(last - 4, 4.5),
        color=ink(),
        ha="left",
        va="center",
        arrowprops=arrow,
    )


def caption(data: Data) -> Caption:
    """The caption, with the peak, where the norm falls below 1, and the measures of non-normality."""
    power, norm = peak(data)
    spectrum = data["spectrum"].to_dataset().squeeze()
    return Caption(
        claim=CLAIM,
        reading="A linear recurrence multiplies the gradient by U at every step back. The solid line is the "
        "largest factor by which n steps can stretch it; the dashed line is what the spectral radius alone "
        "suggests. A spectral radius below 1 means that the gradient vanishes in the end, but it can grow on "
        "the way.",
        setting="No training. Powers of U = [[0.9, 10], [0, 0.9]].",
        measured=f"Spectral radius {float(spectrum[SPECTRAL_RADIUS]):.2f}, largest singular value "
        f"{float(spectrum[LARGEST_SINGULAR_VALUE]):.2f}, Henrici departure "
        f"{float(spectrum[HENRICI_DEPARTURE]):.1f}. The norm rises to {norm:.2f} at n = {power} and "
        f"first falls below 1 at n = {below_one(data)}.",
        source="Trefethen and Embree (2005), 'Spectra and pseudospectra'; Pascanu, Mikolov and Bengio "
        "(2013): a spectral radius below 1 is sufficient for a linear recurrence to vanish in the end.",
        alt=f"A curve against the number of steps on a log axis rises from 1 to {norm:.0f} at {power} steps "
        f"and falls below 1 at {below_one(data)}; a dashed line falls straight from 1.",
    )


def numbers(data: Data) -> pd.DataFrame:
    """One row per power: its norm, and the value that the spectral radius suggests."""
    return data["powers"].to_dataset().to_dataframe().reset_index()
