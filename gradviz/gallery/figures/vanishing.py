"""How far back the gradient reaches before the first training step, by initialisation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pydantic import Field

from gradviz.gallery.cache import Cache
from gradviz.gallery.caption import Caption, Notes
from gradviz.gallery.claim import Claim, decide
from gradviz.gallery.gallery_figure import Data
from gradviz.gallery.untrained import BATCH, untrained
from gradviz.gallery.words import figure_words
from gradviz.plots.drawing.fit_text import font_size
from gradviz.plots.drawing.headline import write_headline
from gradviz.plots.drawing.palette import ink
from gradviz.plots.gradient_norms import plot_gradient_norms
from gradviz.recording.tree import select_module, select_series
from gradviz.vocabulary import LOG10_GRAD_H, STEP, TIME

FROM_LAG = 10  # where the lines of theory begin, after the gradient has passed from h into the cell state

_WEIGHT = 1 / np.sqrt(3)  # spectral radius of weights from U[-1/√H, 1/√H], by the circular law
_words = figure_words("vanishing")


@dataclass(frozen=True)
class Settings:
    """Sizes of the networks and of their input."""

    length: Annotated[int, Field(gt=FROM_LAG + 1)] = 100
    hidden_size: Annotated[int, Field(ge=2)] = 128


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


LSTM, LSTM_BIAS_1, RNN = "lstm", "lstm_bias_1", "rnn"


def starts(settings: Settings = Settings()) -> dict[str, Start]:
    """The initialisations, by the name of the network."""
    return {
        LSTM: Start("lstm", keeping_bias=0.0),
        LSTM_BIAS_1: Start("lstm", "forget_bias", {"value": 1.0}, keeping_bias=1.0),
        "lstm_bias_2": Start("lstm", "forget_bias", {"value": 2.0}),
        "lstm_chrono": Start("lstm", "chrono", {"t_max": float(settings.length)}),
        "gru": Start("gru", keeping_bias=0.0),
        "gru_bias_2": Start("gru", "forget_bias", {"value": 2.0}, keeping_bias=2.0),
        RNN: Start("rnn", keeping_bias=0.0),
        "rnn_orthogonal": Start("rnn", "orthogonal"),
    }


def experiment(cache: Cache, settings: Settings) -> Data:
    """One pass of each network at its initialisation, with the loss at the last time step."""
    return cache.computed("vanishing", _record, settings)


def _record(settings: Settings) -> Data:
    return {
        network: untrained(
            start.cell,
            length=settings.length,
            hidden_size=settings.hidden_size,
            init=start.init,
            options=start.options,
        )
        for network, start in starts(settings).items()
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
    for network, tree in data.items():
        norms = _norms(tree)
        lost[network] = float(np.median(norms[0] - norms[-1]))
    return lost


def _norms(tree: xr.DataTree) -> np.ndarray:
    """Shape (time, sample)."""
    series = select_series(select_module(tree)).isel({STEP: 0})
    return series[LOG10_GRAD_H].transpose(TIME, ...).values.astype(float)


def claims(data: Data, settings: Settings) -> Sequence[Claim]:
    """What an untrained LSTM loses beside an RNN, and what a forget bias does about it."""
    lost = {network: -change for network, change in decades(data).items()}
    lstm, rnn, with_bias = lost[LSTM], lost[RNN], lost[LSTM_BIAS_1]
    like_rnn = lstm >= 0.75 * rnn
    bias_helps = with_bias <= 0.75 * lstm
    outcomes = {
        "forgets": like_rnn and bias_helps,
        "forgets_anyway": like_rnn and with_bias > 0.75 * lstm,
        "keeps": lstm < 0.75 * rnn,
    }
    return [decide(_words, "title", outcomes, lstm=lstm, rnn=rnn, with_bias=with_bias)]


def compose(data: Data, settings: Settings) -> Figure:
    """Gradient against lag for all eight initialisations, with dotted lines of theory."""
    figure, ax = plt.subplots(layout="constrained")
    plot_gradient_norms({_name(network): tree for network, tree in data.items()}, ax=ax, step=0)
    for network, start in starts(settings).items():
        expected = rate(start)
        if expected is not None:
            _draw_theory(ax, _norms(data[network]), expected)
    ax.text(
        0.02,
        0.03,
        _words("dotted", lag=FROM_LAG),
        transform=ax.transAxes,
        color=ink(),
        fontsize=font_size("xtick.labelsize"),
    )
    (title,) = claims(data, settings)
    if title.outcome in ("forgets", "forgets_anyway"):
        _mark_alike(ax, data, title)
    write_headline(figure, title.sentence)
    return figure


def _mark_alike(ax: Axes, data: Data, title: Claim) -> None:
    """Make the lines of the LSTM and of the RNN strong, and write above them what they lose."""
    strong = [_name(network) for network in (LSTM, RNN)]
    for line in ax.lines:
        if line.get_label() in strong:
            line.set_linewidth(1.8 * plt.rcParams["lines.linewidth"])
    norms = _norms(data[LSTM])
    lag = int(0.72 * len(norms))
    ax.annotate(
        _words("alike", **title.numbers),
        xy=(lag, float(np.median(norms[-1 - lag]))),
        xytext=(0.58 * len(norms), 0.48 * float(np.median(norms[0]))),
        color=ink(),
        arrowprops={"arrowstyle": "->", "color": ink()},
        fontweight="bold",
        va="center",
    )


def _name(network: str) -> str:
    return _words(f"network.{network}")


def _draw_theory(ax: Axes, norms: np.ndarray, expected: float) -> None:
    lag = np.arange(FROM_LAG, len(norms))
    begin = np.median(norms[-1 - FROM_LAG])
    line = begin + expected * (lag - FROM_LAG)
    width = 0.6 * plt.rcParams["lines.linewidth"]
    ax.plot(lag, line, ":", color=ink(), linewidth=width, scalex=False, scaley=False)


def caption(data: Data, settings: Settings) -> Caption:
    """The caption, with the decades that every initialisation loses and those that theory predicts."""
    lost = {_name(network): change for network, change in decades(data).items()}
    theory = {
        _name(network): value * (settings.length - 1)
        for network, start in starts(settings).items()
        if (value := rate(start)) is not None
    }
    measured = _listed(lost)
    return Caption(
        claim=claims(data, settings)[0].sentence,
        reading=_words("caption.reading"),
        setting=_words(
            "caption.setting", units=settings.hidden_size, length=settings.length, sequences=BATCH
        ),
        measured=_words(
            "caption.measured", lost=measured, expected=_listed(theory), steps=settings.length - 1
        ),
        source=_words("caption.source"),
        alt=_words("caption.alt", lost=measured),
    )


def notes(data: Data, settings: Settings) -> Notes:
    """What to say about the picture."""
    (title,) = claims(data, settings)
    return Notes(*(_words(f"notes.{part}", **title.numbers) for part in Notes._fields))


def _listed(decades_of: dict[str, float]) -> str:
    return "; ".join(_words("decades", network=name, decades=value) for name, value in decades_of.items())


def numbers(data: Data, settings: Settings) -> pd.DataFrame:
    """One row per initialisation and lag: quartiles of the log10 norm, and the value of theory."""
    tables = []
    for network, start in starts(settings).items():
        norms = _norms(data[network])[::-1]
        low, middle, high = np.quantile(norms, (0.25, 0.5, 0.75), axis=1)
        lag = np.arange(len(norms))
        expected = rate(start)
        line = np.nan if expected is None else middle[FROM_LAG] + expected * (lag - FROM_LAG)
        tables.append(
            pd.DataFrame(
                {
                    "network": network,
                    "lag": lag,
                    "log10_quartile_low": low,
                    "log10_median": middle,
                    "log10_quartile_high": high,
                    "log10_expected": np.where(lag < FROM_LAG, np.nan, line),
                }
            )
        )
    return pd.concat(tables)
