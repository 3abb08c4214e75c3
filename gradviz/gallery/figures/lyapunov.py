"""Largest Lyapunov exponent of random tanh networks by gain, and of LSTMs by forget bias."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pydantic import Field

from gradviz.dynamics.lyapunov import lyapunov_exponents, lyapunov_spectrum
from gradviz.dynamics_vocabulary import STANDARD_ERROR
from gradviz.gallery.cache import Cache
from gradviz.gallery.caption import Caption, Notes
from gradviz.gallery.claim import Claim, decide
from gradviz.gallery.figures.vanishing import Start, rate
from gradviz.gallery.gallery_figure import Data
from gradviz.gallery.panel import name_panel
from gradviz.gallery.words import figure_words
from gradviz.models.initialise import initialise
from gradviz.models.layers import make_layers
from gradviz.plots.drawing.fit_text import font_size
from gradviz.plots.drawing.headline import write_headline
from gradviz.plots.drawing.palette import GREY, cell_colour, ink, text_colour

GAINS = np.round(np.arange(0.6, 2.01, 0.2), 2)
BIASES = np.arange(-1.0, 5.01, 1.0)
SEQUENCES = 4
CLOSE = 0.05  # nats per time step between measurement and theory
SLACK = 0.02  # by which an exponent may be below its left neighbour and still count as rising

_words = figure_words("lyapunov")


@dataclass(frozen=True)
class Settings:
    """Sizes of the random networks and of the LSTMs; how many are drawn, and how long they run."""

    units: Annotated[int, Field(ge=2)] = 200
    hidden_size: Annotated[int, Field(ge=2)] = 64
    networks: Annotated[int, Field(ge=2)] = 5
    warmup: Annotated[int, Field(ge=0)] = 100
    steps: Annotated[int, Field(ge=2)] = 200


def experiment(cache: Cache, settings: Settings) -> Data:
    """Exponents with their standard errors over networks, in nats per time step."""
    return cache.computed("lyapunov", _measure, settings)


def _measure(settings: Settings) -> Data:
    return {
        "tanh": _table("gain", GAINS, [_random_networks(float(gain), settings) for gain in GAINS]),
        "lstm": _table("forget_bias", BIASES, [_lstms(float(bias), settings) for bias in BIASES]),
    }


def _table(name: str, values: np.ndarray, found: list[list[float]]) -> xr.DataTree:
    exponents = np.array(found)  # (value, network)
    errors = exponents.std(axis=1, ddof=1) / exponents.shape[1] ** 0.5
    columns = {"exponent": (name, exponents.mean(axis=1)), STANDARD_ERROR: (name, errors)}
    return xr.DataTree(xr.Dataset(columns, coords={name: values}))


def _random_networks(gain: float, settings: Settings) -> list[float]:
    """Exponents of several networks x ← J tanh(x) with J_ij ~ N(0, g²/N)."""
    generator = torch.Generator().manual_seed(0)
    units, found = settings.units, []
    for _ in range(settings.networks):
        weight = gain * torch.randn(units, units, generator=generator, dtype=torch.float64) / units**0.5
        x = torch.randn(units, generator=generator, dtype=torch.float64)
        jacobians = []
        for _ in range(settings.warmup + settings.steps):
            jacobians.append(weight * (1 - torch.tanh(x) ** 2))
            x = weight @ torch.tanh(x)
        found.append(float(lyapunov_exponents(torch.stack(jacobians), k=1, warmup=settings.warmup)[0]))
    return found


def _lstms(bias: float, settings: Settings) -> list[float]:
    """Exponents of LSTMs at initialisation, driven by random inputs."""
    found = []
    length = settings.warmup + settings.steps
    for seed in range(settings.networks):
        torch.manual_seed(seed)
        layers = make_layers("lstm")(2, settings.hidden_size, batch_first=True)
        network = initialise(layers, "forget_bias", value=bias)
        inputs = torch.rand(SEQUENCES, length, 2, generator=torch.Generator().manual_seed(seed))
        found.append(float(lyapunov_spectrum(network, inputs, k=1, warmup=settings.warmup)[0]))
    return found


@lru_cache(maxsize=256)
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
    """Exponent that random-matrix theory predicts for gate and recurrent weights, in nats per time step.

    It holds for small states: where it is above 0, the state grows until tanh limits it.
    """
    return (rate(Start("lstm", keeping_bias=bias)) or 0.0) * float(np.log(10))


def claims(data: Data, settings: Settings) -> Sequence[Claim]:
    """Whether the exponents rise, and how they compare with the lines of theory."""
    tanh, lstm = data["tanh"].to_dataset()["exponent"].values, data["lstm"].to_dataset()["exponent"].values
    finite = bool(np.isfinite([*tanh, *lstm]).all())
    by_gain, by_bias = _rises(tanh), _rises(lstm)
    title = decide(
        _words,
        "title",
        {
            "both": finite and by_gain and by_bias,
            "only_gain": finite and by_gain and not by_bias,
            "only_bias": finite and by_bias and not by_gain,
            "neither": finite and not by_gain and not by_bias,
        },
        first_gain=float(tanh[0]),
        last_gain=float(tanh[-1]),
        first_bias=float(lstm[0]),
        last_bias=float(lstm[-1]),
    )
    return [title, _tanh_claim(tanh, finite=finite), _lstm_claim(lstm, finite=finite)]


def _rises(exponents: np.ndarray) -> bool:
    return bool(exponents[-1] - exponents[0] > 0.1 and np.diff(exponents).min() > -SLACK)


def _tanh_claim(exponents: np.ndarray, *, finite: bool) -> Claim:
    off = float(np.abs(exponents - [mean_field(float(gain)) for gain in GAINS]).max())
    follows = off <= CLOSE
    return decide(_words, "tanh", {"follows": finite and follows, "differs": finite and not follows}, off=off)


def _lstm_claim(exponents: np.ndarray, *, finite: bool) -> Claim:
    theory = np.array([gate_and_weights(float(bias)) for bias in BIASES])
    small = theory < 0
    off, beyond = (float(np.abs(exponents - theory)[part].max()) for part in (small, ~small))
    largest = float(np.abs(exponents[~small]).max())
    follows, held = off <= CLOSE, beyond > CLOSE and largest <= CLOSE
    return decide(
        _words,
        "lstm",
        {
            "held": finite and follows and held,
            "follows": finite and follows and beyond <= CLOSE,
            "leaves": finite and follows and beyond > CLOSE and not held,
            "differs": finite and not follows,
        },
        off=off,
        beyond=beyond,
        largest=largest,
        until=float(BIASES[small].max()),
    )


def compose(data: Data, settings: Settings) -> Figure:
    """Random networks on the left and LSTMs on the right, with zero marked in both."""
    title, _, lstm = claims(data, settings)
    figure, (left, right) = plt.subplots(1, 2, layout="constrained")
    _draw_theory(left, GAINS, mean_field)
    _draw(left, data["tanh"].to_dataset(), "gain", "rnn")
    _draw_theory(right, BIASES, gate_and_weights)
    biases = np.linspace(BIASES[0], BIASES[-1], 121)
    right.plot(biases, gate_alone(biases), ":", color=ink())
    _draw(right, data["lstm"].to_dataset(), "forget_bias", "lstm")
    right.set_ylim(-1.4, 0.45)
    left.text(0.6, 0.035, _words("note.above"), color=ink(), va="bottom")
    left.text(2.0, -0.015, _words("note.below"), color=ink(), va="top", ha="right")
    left.text(0.85, -0.32, _words("note.mean_field"), color=ink(), va="center")
    right.text(5.0, 0.2, _words("note.whole"), color=ink(), va="bottom", ha="right")
    right.text(0.3, -0.7, _words("note.gate"), color=ink(), va="center")
    if lstm.outcome == "held":
        measured = text_colour(cell_colour("lstm"))
        right.text(5.0, -0.34, _words("note.held"), color=measured, va="top", ha="right")
    _name_halving(left, data["tanh"].to_dataset(), "gain", "rnn", (0, 1))
    _name_halving(right, data["lstm"].to_dataset(), "forget_bias", "lstm", (0, 2))
    right.set_yticks([-1, -0.5, 0])
    left.set_xticks([0.6, 1.0, 1.5, 2.0])
    left.set_title(_words("panel.tanh"), color=text_colour(cell_colour("rnn")))
    right.set_title(_words("panel.lstm"), color=text_colour(cell_colour("lstm")))
    left.set_xlabel(_words("axis.gain"))
    right.set_xlabel(_words("axis.bias"))
    left.set_ylabel(_words("axis.exponent"))
    name_panel(right, y=_words("axis.exponent"))
    write_headline(figure, title.sentence)
    return figure


def _draw_theory(ax: Axes, values: np.ndarray, theory: Callable[[float], float]) -> None:
    fine = np.linspace(values[0], values[-1], 57)
    ax.plot(fine, [theory(float(value)) for value in fine], "--", color=ink())


def _name_halving(ax: Axes, table: xr.Dataset, name: str, cell: str, places: Sequence[int]) -> None:
    """Write beside some dots after how many time steps a difference of states has halved."""
    size = font_size("xtick.labelsize")
    for place in places:
        if not table["exponent"][place] < -0.05:
            continue  # it takes so long that the standard error matters
        steps = float(np.log(2) / -table["exponent"][place])
        ax.annotate(
            _words("note.halves" if place == places[0] else "note.steps", steps=steps),
            (float(table[name][place]), float(table["exponent"][place])),
            (0.7 * size, -0.3 * size),
            textcoords="offset points",
            va="center",
            color=text_colour(cell_colour(cell)),
            fontsize=size,
            fontweight="bold",
        )


def _draw(ax: Axes, table: xr.Dataset, name: str, cell: str) -> None:
    ax.axhline(0, color=GREY, linewidth=0.5 * plt.rcParams["lines.linewidth"], zorder=0)
    ax.errorbar(
        table[name],
        table["exponent"],
        yerr=table[STANDARD_ERROR],
        fmt="o",
        color=text_colour(cell_colour(cell)),
        markersize=0.55 * plt.rcParams["font.size"],
    )


def caption(data: Data, settings: Settings) -> Caption:
    """The caption, with the exponents and the values that theory predicts."""
    title, *details = claims(data, settings)
    both = {}
    for kind, values, theory in (("tanh", GAINS, mean_field), ("lstm", BIASES, gate_and_weights)):
        both[kind] = "; ".join(
            _words("pair", at=float(at), exponent=float(found), expected=theory(float(at)))
            for at, found in zip(values, data[kind].to_dataset()["exponent"].values, strict=True)
        )
    shown = " ".join(f"{claim.sentence}." for claim in details)
    return Caption(
        claim=title.sentence,
        reading=_words("caption.reading"),
        setting=_words("caption.setting", **settings.__dict__, sequences=SEQUENCES),
        measured=_words("caption.measured", **both, shown=shown),
        source=_words("caption.source"),
        alt=_words("caption.alt", **title.numbers, shown=shown),
    )


def notes(data: Data, settings: Settings) -> Notes:
    """What to say about the picture."""
    title, tanh, lstm = claims(data, settings)
    point = _words("notes.point", **title.numbers, tanh=tanh.sentence, lstm=lstm.sentence)
    return Notes(point, _words("notes.ask"), _words("notes.answer"))


def numbers(data: Data, settings: Settings) -> pd.DataFrame:
    """One row per gain and per forget bias: exponent, standard error, and the value of theory."""
    tanh = data["tanh"].to_dataset().to_dataframe().reset_index()
    lstm = data["lstm"].to_dataset().to_dataframe().reset_index()
    tanh["expected"] = [mean_field(gain) for gain in tanh["gain"]]
    lstm["expected"] = [gate_and_weights(bias) for bias in lstm["forget_bias"]]
    tanh = tanh.rename(columns={"gain": "value"}).assign(network="tanh, gain")
    lstm = lstm.rename(columns={"forget_bias": "value"}).assign(network="LSTM, forget bias")
    return pd.concat([tanh, lstm])[["network", "value", "exponent", STANDARD_ERROR, "expected"]]
