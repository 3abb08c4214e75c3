"""Largest Lyapunov exponent of random tanh networks by gain, and of LSTMs by forget bias."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gradviz.dynamics.lyapunov import lyapunov_exponents, lyapunov_spectrum
from gradviz.dynamics_vocabulary import STANDARD_ERROR
from gradviz.gallery.cache import Cache
from gradviz.gallery.caption import Caption
from gradviz.gallery.figures.vanishing import Start, rate
from gradviz.gallery.gallery_figure import Data
from gradviz.models.initialise import initialise
from gradviz.models.layers import make_layers
from gradviz.plots.drawing.headline import write_headline
from gradviz.plots.drawing.palette import GREY, cell_colour, ink, text_colour

CLAIM = "With more gain or forget bias, differences of states last longer"
UNITS, STEPS, WARMUP, NETWORKS = 200, 300, 100, 4
GAINS = np.round(np.arange(0.6, 2.01, 0.2), 2)
BIASES = np.arange(-1.0, 5.01, 1.0)
HIDDEN, LENGTH = 64, 300


def experiment(cache: Cache) -> Data:
    """Exponents with their standard errors, in nats per time step."""
    return cache.computed("lyapunov", _measure)


def _measure() -> Data:
    tanh = [_random_network(float(g)) for g in GAINS]
    lstm = [_lstm(float(bias)) for bias in BIASES]
    return {"tanh": _table("gain", GAINS, tanh), "lstm": _table("forget_bias", BIASES, lstm)}


def _table(name: str, values: np.ndarray, found: list[tuple[float, float]]) -> xr.DataTree:
    exponents, errors = np.array(found).T
    columns = {"exponent": (name, exponents), STANDARD_ERROR: (name, errors)}
    return xr.DataTree(xr.Dataset(columns, coords={name: values}))


def _random_network(gain: float) -> tuple[float, float]:
    """Mean exponent of several networks x ← J tanh(x) with J_ij ~ N(0, g²/N), and its standard error."""
    generator = torch.Generator().manual_seed(0)
    found = []
    for _ in range(NETWORKS):
        weight = gain * torch.randn(UNITS, UNITS, generator=generator, dtype=torch.float64) / UNITS**0.5
        x = torch.randn(UNITS, generator=generator, dtype=torch.float64)
        jacobians = []
        for _ in range(STEPS):
            jacobians.append(weight * (1 - torch.tanh(x) ** 2))
            x = weight @ torch.tanh(x)
        found.append(float(lyapunov_exponents(torch.stack(jacobians), k=1, warmup=WARMUP)[0]))
    return float(np.mean(found)), float(np.std(found, ddof=1) / len(found) ** 0.5)


def _lstm(bias: float) -> tuple[float, float]:
    torch.manual_seed(0)
    network = initialise(make_layers("lstm")(2, HIDDEN, batch_first=True), "forget_bias", value=bias)
    inputs = torch.rand(4, LENGTH, 2, generator=torch.Generator().manual_seed(0))
    found = lyapunov_spectrum(network, inputs, k=1, warmup=WARMUP)
    return float(found[0]), float(found[STANDARD_ERROR][0])


def mean_field(gain: float) -> float:
    """Exponent of an infinite network: ln g + ½ ln⟨sech⁴(√q z)⟩, q = g²⟨tanh²(√q z)⟩, z ~ N(0, 1)."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(80)
    weights = weights / weights.sum()
    q = 1.0
    for _ in range(2000):
        q = gain**2 * float(weights @ np.tanh(np.sqrt(q) * nodes) ** 2)
    return float(np.log(gain) + 0.5 * np.log(weights @ np.cosh(np.sqrt(q) * nodes) ** -4.0))


def gate_alone(bias: float | np.ndarray) -> np.ndarray:
    """Exponent of the forget gate alone: ln σ(b), in nats per time step."""
    return -np.log1p(np.exp(-np.asarray(bias)))


def gate_and_weights(bias: float) -> float:
    """Exponent that random-matrix theory predicts for gate and recurrent weights, in nats per time step."""
    return (rate(Start("lstm", keeping_bias=bias)) or 0.0) * float(np.log(10))


def compose(data: Data) -> Figure:
    """Random networks on the left and LSTMs on the right, with zero marked in both."""
    figure, (left, right) = plt.subplots(1, 2, layout="constrained")
    gains = np.linspace(GAINS[0], GAINS[-1], 57)
    left.plot(gains, [mean_field(g) for g in gains], "--", color=ink())
    _draw(left, data["tanh"].to_dataset(), "gain", "rnn")
    biases = np.linspace(BIASES[0], BIASES[-1], 241)
    whole = np.array([gate_and_weights(bias) for bias in biases])
    right.plot(biases, gate_alone(biases), ":", color=ink())
    right.plot(biases[whole < 0], whole[whole < 0], "--", color=ink())
    left.text(1.06, -0.1, "dashed: mean field,\ninfinitely many units", color=ink(), va="center")
    right.text(1.9, -0.33, "dashed: gate and\nrandom weights", color=ink(), va="center")
    right.text(2.0, -0.78, "dotted:\nthe gate alone", color=ink(), va="center")
    _draw(right, data["lstm"].to_dataset(), "forget_bias", "lstm")
    left.set_title("random tanh networks", color=text_colour(cell_colour("rnn")))
    right.set_title("LSTM at initialisation", color=text_colour(cell_colour("lstm")))
    left.set_xlabel("gain g")
    right.set_xlabel("forget bias")
    left.set_ylabel("largest Lyapunov exponent,\nnats per time step")
    write_headline(figure, CLAIM)
    return figure


def _draw(ax: Axes, table: xr.Dataset, name: str, cell: str) -> None:
    ax.axhline(0, color=GREY, linewidth=0.5 * plt.rcParams["lines.linewidth"], zorder=0)
    ax.errorbar(
        table[name],
        table["exponent"],
        yerr=table[STANDARD_ERROR],
        fmt="o",
        color=cell_colour(cell),
        markersize=0.55 * plt.rcParams["font.size"],
    )


def caption(data: Data) -> Caption:
    """The caption, with the exponents and the values that theory predicts."""
    tanh, lstm = data["tanh"].to_dataset(), data["lstm"].to_dataset()
    off = max(abs(float(tanh["exponent"].sel(gain=g)) - mean_field(float(g))) for g in GAINS)
    gains = ", ".join(
        f"g = {g:g}: {float(tanh['exponent'].sel(gain=g)):+.3f} ({mean_field(float(g)):+.3f})" for g in GAINS
    )
    biases = ", ".join(f"{bias:g}: {float(lstm['exponent'].sel(forget_bias=bias)):+.3f}" for bias in BIASES)
    return Caption(
        claim=CLAIM,
        reading="Below 0, a small difference between two states decays exponentially, and so does the "
        "gradient; above 0 it grows, as in chaos. Bars are standard errors, mostly smaller than the dots. "
        "Left: the dashed line is the theory for infinitely many units. Right: the LSTM's state is (h, c).",
        setting=f"Left: x ← J tanh(x), {UNITS} units, J from N(0, g²/N), {NETWORKS} networks, {STEPS} steps, "
        f"the first {WARMUP} of them warm-up. Right: nn.LSTM with {HIDDEN} units, 2 random inputs, 4 "
        f"sequences of {LENGTH} steps. Seed 0.",
        measured=f"In nats per time step, with the mean-field value in brackets: {gains}; they differ by at "
        f"most {off:.3f}. LSTM by forget bias: {biases}.",
        source="Sompolinsky, Crisanti and Sommers (1988), 'Chaos in random neural networks'; Engelken, Wolf "
        "and Abbott (2023), 'Lyapunov spectra of chaotic recurrent neural networks'.",
        alt="Left: the exponent of random tanh networks rises with the gain, crosses zero at 1, and follows "
        "the dashed line of theory. Right: the exponent of an LSTM rises with the forget bias from -0.9 to "
        "about 0, which it reaches at a bias of 3.",
    )


def numbers(data: Data) -> pd.DataFrame:
    """One row per gain and per forget bias: exponent, standard error, and the value of theory."""
    tanh = data["tanh"].to_dataset().to_dataframe().reset_index()
    lstm = data["lstm"].to_dataset().to_dataframe().reset_index()
    tanh["expected"] = [mean_field(gain) for gain in tanh["gain"]]
    lstm["expected"] = [gate_and_weights(bias) for bias in lstm["forget_bias"]]
    tanh = tanh.rename(columns={"gain": "value"}).assign(network="tanh, gain")
    lstm = lstm.rename(columns={"forget_bias": "value"}).assign(network="LSTM, forget bias")
    return pd.concat([tanh, lstm])[["network", "value", "exponent", STANDARD_ERROR, "expected"]]
