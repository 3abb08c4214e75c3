"""How long the units remember, by initialisation and after training."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from gradviz.gallery.adding_runs import HIDDEN, LENGTH, SETTING, adding_runs
from gradviz.gallery.cache import Cache
from gradviz.gallery.caption import Caption
from gradviz.gallery.gallery_figure import Data
from gradviz.gallery.untrained import untrained
from gradviz.measures.time_constants import TIME_CONSTANT
from gradviz.measures.time_constants import time_constants as measure
from gradviz.plots.drawing.headline import write_headline
from gradviz.plots.time_constants import plot_time_constants
from gradviz.vocabulary import STEP

CLAIM = "Training gives a few units the memory that chrono gives to most"
LONG = 10  # time steps; at PyTorch's initialisation no unit comes near it
_STARTS = {
    "LSTM": ("default", {}),
    "LSTM, forget bias 2": ("forget_bias", {"value": 2.0}),
    "LSTM, chrono": ("chrono", {"t_max": float(LENGTH)}),
}
TRAINED = {"LSTM, trained": "LSTM", "GRU, trained": "GRU"}


def experiment(cache: Cache) -> Data:
    """Three initialisations of the LSTM, and LSTM and GRU after training."""
    starts, runs = cache.computed("time-constants", _record), adding_runs(cache)
    return {**starts, **{label: runs[name] for label, name in TRAINED.items()}}


def _record() -> Data:
    return {
        label: untrained("lstm", length=LENGTH, hidden_size=HIDDEN, init=init, options=options)
        for label, (init, options) in _STARTS.items()
    }


def constants(data: Data) -> dict[str, np.ndarray]:
    """Time constant of every unit, in time steps, shape (unit,), at each run's last recorded step."""
    return {
        label: measure(tree)[TIME_CONSTANT].isel({STEP: -1}).values.ravel() for label, tree in data.items()
    }


def compose(data: Data) -> Figure:
    """One row per network, one dot per unit."""
    figure, ax = plt.subplots(layout="constrained")
    plot_time_constants(data, ax=ax, lag=LENGTH - 1)
    write_headline(figure, CLAIM)
    return figure


def caption(data: Data) -> Caption:
    """The caption, with each network's median and longest time constant and the number of long ones."""
    listed = "; ".join(
        f"{label}: median {np.median(values):.1f}, longest {values.max():.0f}, {int((values > LONG).sum())} "
        f"of {len(values)} above {LONG}"
        for label, values in constants(data).items()
    )
    return Caption(
        claim=CLAIM,
        reading="Each dot is a unit at its time constant 1 / (1 - f), where f is its mean forget gate (in "
        "the GRU, its mean update gate). After that many time steps the unit has kept about a third of "
        "its state. The bar is the median, and the dashed line is the lag of the task.",
        setting=f"Untrained: one pass over 16 sequences. Trained: {SETTING}",
        measured=f"Time constants in time steps: {listed}.",
        source="Tallec and Ollivier (2018), 'Can recurrent neural networks warp time?', for chrono; Gers, "
        "Schmidhuber and Cummins (2000) for the forget bias.",
        alt="Five rows of dots on a log axis of time constants. The untrained LSTM's dots lie together near "
        "2, with forget bias 2 near 8, with chrono between 2 and 60. After training, the LSTM's lie near 2 "
        "except for a couple far to the right, and the GRU's lie between 2 and 23.",
    )


def numbers(data: Data) -> pd.DataFrame:
    """One row per network and unit."""
    return pd.concat(
        [
            pd.DataFrame({"network": label, "unit": np.arange(len(values)), "time_constant": values})
            for label, values in constants(data).items()
        ]
    )
