"""What the figures of ``gradviz demo`` say, decided by its recordings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import xarray as xr

from gradviz.gallery.claim import Claim, decide
from gradviz.gallery.learned import left_trivial_at
from gradviz.gallery.words import figure_words
from gradviz.measures.log10_mean import log10_mean
from gradviz.plots.drawing.complete_curve import complete_curve
from gradviz.plots.drawing.recorded_step import at_gate
from gradviz.recording.tree import select_module, select_series
from gradviz.vocabulary import GATE_RIGHT, LAG, LOG10_GRAD_H, SAMPLE, STEP, TIME

Recordings = Mapping[str, xr.Dataset | xr.DataTree]

RNN, LSTM, LSTM_BIAS, GRU = "RNN (tanh)", "LSTM", "LSTM, forget bias 3", "GRU"
REACHES = 4.0  # decades that a gradient may lose on its way to the first time step, to have reached it

_words = figure_words("demo")


class Learning(NamedTuple):
    """When a run began to learn, and how many decades its gradient then lost over the sequence.

    Attributes
    ----------
    step : int
        Training step at which the loss has left the trivial predictor; -1 if it never does.
    lost : float
        At the next recorded step; NaN if it never does.
    """

    step: int
    lost: float


def decades_lost(data: xr.Dataset | xr.DataTree) -> xr.DataArray:
    """Log10 of the mean gradient norm at the last time step minus that at the first, dims (step,)."""
    series = select_series(select_module(data))
    norms = log10_mean(series[LOG10_GRAD_H], SAMPLE).transpose(TIME, STEP)
    return norms.isel({TIME: -1}) - norms.isel({TIME: 0})


def learning(data: xr.Dataset | xr.DataTree) -> Learning:
    """When a recorded run left the trivial predictor.

    Parameters
    ----------
    data : Dataset or DataTree
        Its attributes give the baseline.

    Returns
    -------
    Learning
    """
    step, lost = left_trivial_at(data), decades_lost(data)
    if not np.isfinite(step):
        return Learning(-1, np.nan)
    place = min(int(np.searchsorted(lost[STEP].values, step)), lost.sizes[STEP] - 1)
    return Learning(int(step), float(lost[place]))


def open_fraction(data: xr.Dataset | xr.DataTree, gate: str) -> xr.DataArray:
    """Fraction of a gate's activations that are open, over all time steps, dims (step,)."""
    return at_gate(select_series(select_module(data)), gate)[GATE_RIGHT].mean(TIME)


def claim_forgetting(recordings: Recordings) -> Claim:
    """What is left of the gradient before training in the LSTM, beside the RNN and with a forget bias."""
    rnn, lstm, bias = (float(decades_lost(recordings[one])[0]) for one in (RNN, LSTM, LSTM_BIAS))
    like_rnn, helps = lstm >= 0.75 * rnn, bias <= 0.25 * lstm
    outcomes = {
        "forgets": like_rnn and helps,
        "forgets_anyway": like_rnn and bias > 0.25 * lstm,
        "keeps": lstm < 0.75 * rnn and np.isfinite(bias),
    }
    return decide(_words, "forgetting", outcomes, rnn=rnn, lstm=lstm, bias=bias)


def claim_training(recordings: Recordings) -> Claim:
    """Whether each run began to learn only when its gradient had reached the first time step."""
    found = [learning(data) for data in recordings.values()]
    learned = [one.lost for one in found if one.step >= 0]
    most = max(learned, default=0.0)
    known = all(np.isfinite(complete_curve(data).values[0]) for data in recordings.values())
    outcomes = {
        "arrives": bool(learned) and most <= REACHES,
        "before": bool(learned) and most > REACHES,
        "none": known and not learned,
    }
    first = next(iter(recordings.values()))
    numbers = {"learned": len(learned), "networks": len(found), "most": most, "reaches": REACHES}
    return decide(_words, "training", outcomes, steps=int(first.attrs[LAG]) + 1, **numbers)


def claim_gates(recordings: Recordings) -> Claim:
    """Whether the forget bias opens the LSTM's gates at once, and whether training opens those of the GRU."""
    bias = float(open_fraction(recordings[LSTM_BIAS], "forget")[0])
    update = open_fraction(recordings[GRU], "update")
    before, after = float(update[0]), float(update[-1])
    opened, learns = bias >= 0.5, after >= before + 0.25
    outcomes = {
        "both": opened and learns,
        "only_bias": opened and after < before + 0.25,
        "shut": bias < 0.5 and np.isfinite(after - before),
    }
    return decide(_words, "gates", outcomes, bias=bias, before=before, after=after)


def claim_characters(training: xr.DataTree) -> Claim:
    """Whether the gradient reaches the first character of a window when the character model learns."""
    found = learning(training)
    outcomes = {
        "reaches": found.step >= 0 and found.lost <= REACHES,
        "learns_anyway": found.step >= 0 and found.lost > REACHES,
        "not_learned": found.step < 0 and bool(np.isfinite(complete_curve(training).values[-1])),
    }
    window = int(training.attrs[LAG]) + 1
    return decide(
        _words, "characters", outcomes, window=window, step=found.step, lost=found.lost, reaches=REACHES
    )
