"""How far back the gradient reaches before the first training step, by initialisation."""

from __future__ import annotations

from typing import Any, NamedTuple

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gradviz.gallery.cache import Cache
from gradviz.gallery.caption import Caption
from gradviz.gallery.gallery_figure import Data
from gradviz.gallery.untrained import BATCH, untrained
from gradviz.plots.drawing.fit_text import font_size
from gradviz.plots.drawing.headline import write_headline
from gradviz.plots.drawing.palette import ink
from gradviz.plots.gradient_norms import plot_gradient_norms
from gradviz.recording.tree import select_module, select_series
from gradviz.vocabulary import LOG10_GRAD_H, STEP, TIME

LENGTH, HIDDEN = 100, 128
CLAIM = "Without a forget bias, an untrained LSTM forgets like an RNN"
FROM_LAG = 10  # where the lines of theory begin, after the gradient has passed from h into the cell state

_WEIGHT = 1 / np.sqrt(3)  # spectral radius of weights from U[-1/√H, 1/√H], by the circular law


class Start(NamedTuple):
    """One initialisation.

    Attributes
    ----------
    cell, init : str
    options : dict
        Options of the initialisation.
    keeping_bias : float, optional
        Bias of the gate that keeps the state (0 at PyTorch's initialisation); None where theory gives no
        rate.
    """

    cell: str
    init: str = "default"
    options: dict[str, Any] = {}  # noqa: RUF012
    keeping_bias: float | None = None


STARTS = {
    "LSTM": Start("lstm", keeping_bias=0.0),
    "LSTM, forget bias 1": Start("lstm", "forget_bias", {"value": 1.0}, keeping_bias=1.0),
    "LSTM, forget bias 2": Start("lstm", "forget_bias", {"value": 2.0}),
    "LSTM, chrono": Start("lstm", "chrono", {"t_max": float(LENGTH)}),
    "GRU": Start("gru", keeping_bias=0.0),
    "GRU, update bias 2": Start("gru", "forget_bias", {"value": 2.0}, keeping_bias=2.0),
    "RNN (tanh)": Start("rnn", keeping_bias=0.0),
    "RNN, orthogonal": Start("rnn", "orthogonal"),
}


def experiment(cache: Cache) -> Data:
    """One pass of each network at its initialisation, with the loss at the last time step."""
    return cache.computed("vanishing", _record)


def _record() -> Data:
    return {
        label: untrained(
            start.cell, length=LENGTH, hidden_size=HIDDEN, init=start.init, options=start.options
        )
        for label, start in STARTS.items()
    }


def rate(start: Start) -> float | None:
    """Decades per step that random-matrix theory predicts, negative where the gradient vanishes.

    The step Jacobian of H equal units is k I + s G, where k is what the gate keeps and G is random with
    spectral radius 1. Its eigenvalues fill a disc of radius s around k, so the largest is k + s. At PyTorch's
    initialisation, s is the spectral radius 1/√3 of the weights times the gates on the path, which are at ½.
    """
    if start.keeping_bias is None:
        return None
    keep = 1 / (1 + np.exp(-start.keeping_bias))
    largest = {
        "rnn": _WEIGHT,
        "lstm": keep + 0.5 * 0.5 * _WEIGHT,  # input gate, then output gate
        "gru": keep + (1 - keep) * 0.5 * _WEIGHT,  # 1 - z, then reset gate
    }[start.cell]
    return float(np.log10(largest))


def decades(data: Data) -> dict[str, float]:
    """Log10 of the norm at the first time step minus that at the last, median over sequences."""
    lost = {}
    for label, tree in data.items():
        norms = _norms(tree)
        lost[label] = float(np.median(norms[0] - norms[-1]))
    return lost


def _norms(tree: xr.DataTree) -> np.ndarray:
    """Shape (time, sample)."""
    series = select_series(select_module(tree)).isel({STEP: 0})
    return series[LOG10_GRAD_H].transpose(TIME, ...).values.astype(float)


def compose(data: Data) -> Figure:
    """Gradient against lag for all eight initialisations, with dotted lines of theory."""
    figure, ax = plt.subplots(layout="constrained")
    plot_gradient_norms(data, ax=ax, step=0)
    for label, tree in data.items():
        expected = rate(STARTS[label])
        if expected is not None:
            _draw_theory(ax, _norms(tree), expected)
    ax.text(
        0.02,
        0.03,
        f"dotted: expected from random matrices,\nfrom lag {FROM_LAG} on",
        transform=ax.transAxes,
        color=ink(),
        fontsize=font_size("xtick.labelsize"),
    )
    write_headline(figure, CLAIM)
    return figure


def _draw_theory(ax: Axes, norms: np.ndarray, expected: float) -> None:
    lag = np.arange(FROM_LAG, len(norms))
    begin = np.median(norms[-1 - FROM_LAG])
    line = begin + expected * (lag - FROM_LAG)
    width = 0.6 * plt.rcParams["lines.linewidth"]
    ax.plot(lag, line, ":", color=ink(), linewidth=width, scalex=False, scaley=False)


def caption(data: Data) -> Caption:
    """The caption, with the decades that every initialisation loses and those that theory predicts."""
    lost = decades(data)
    listed = "; ".join(f"{label} {value:.1f}" for label, value in lost.items())
    expected = {label: rate(STARTS[label]) for label in data}
    theory = "; ".join(
        f"{label} {value * (LENGTH - 1):.1f}" for label, value in expected.items() if value is not None
    )
    return Caption(
        claim=CLAIM,
        reading="Towards the right, the gradient travels back from the loss at the last time step; a "
        "straight falling line means exponential forgetting. Line: median; band: quartiles over sequences.",
        setting=f"{HIDDEN} units, {LENGTH} time steps of the adding task, {BATCH} sequences, loss at the "
        "last time step, before any training, seed 0.",
        measured=f"Decades from the last time step to the first: {listed}. Expected from the largest "
        "eigenvalue k + s of the step Jacobian (k: what the gate keeps, s: the random part), over "
        f"{LENGTH - 1} steps: {theory}.",
        source="Bengio, Simard and Frasconi (1994) and Pascanu, Mikolov and Bengio (2013) on vanishing; "
        "Girko (1985), 'Circular law', for the dotted lines; Gers et al. (2000), Jozefowicz et al. (2015) "
        "and Tallec and Ollivier (2018) for the biases.",
        alt="Eight lines of gradient norm against lag on a log scale. RNN, LSTM and GRU at PyTorch's "
        f"initialisation fall straight by about {-lost['GRU']:.0f} to {-lost['RNN (tanh)']:.0f} powers of "
        f"ten; the LSTM with forget bias 1 by {-lost['LSTM, forget bias 1']:.0f}; those with larger biases, "
        "and the orthogonal RNN, by less than five.",
    )


def numbers(data: Data) -> pd.DataFrame:
    """One row per initialisation and lag: quartiles of the log10 norm, and the value of theory."""
    tables = []
    for label, tree in data.items():
        norms = _norms(tree)[::-1]
        low, middle, high = np.quantile(norms, (0.25, 0.5, 0.75), axis=1)
        lag = np.arange(len(norms))
        expected = rate(STARTS[label])
        line = np.nan if expected is None else middle[FROM_LAG] + expected * (lag - FROM_LAG)
        tables.append(
            pd.DataFrame(
                {
                    "network": label,
                    "lag": lag,
                    "log10_quartile_low": low,
                    "log10_median": middle,
                    "log10_quartile_high": high,
                    "log10_expected": np.where(lag < FROM_LAG, np.nan, line),
                }
            )
        )
    return pd.concat(tables)
